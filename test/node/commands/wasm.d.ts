/** The declaration that wrangler makes for the Worker, whose other types would hide those of Node. */
declare module '*.wasm' {
  const code: WebAssembly.Module
  export default code
}
