/* global Redoc */

const dark = window.matchMedia('(prefers-color-scheme: dark)').matches
const system = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace'

const light = {
  colors: { primary: { main: '#0f6b63' } },
  sidebar: { backgroundColor: '#f5f6f3', textColor: '#1c2421' },
  rightPanel: { backgroundColor: '#1c2421' },
  typography: { code: { color: '#0a524c', backgroundColor: '#e6f2ef' } },
}

const night = {
  colors: {
    primary: { main: '#4fd1c0' },
    text: { primary: '#e8eeeb', secondary: '#a2afa9' },
    border: { dark: '#2d3833', light: '#2d3833' },
    gray: { 50: '#18201d', 100: '#202a26' },
    responses: {
      success: { color: '#7be3a5', backgroundColor: '#16302b', tabTextColor: '#7be3a5' },
      error: { color: '#ff9d94', backgroundColor: '#3a1d1a', tabTextColor: '#ff9d94' },
    },
  },
  schema: {
    nestedBackground: '#18201d',
    linesColor: '#57635e',
    typeNameColor: '#a2afa9',
    typeTitleColor: '#a2afa9',
    requireLabelColor: '#ff9d94',
  },
  sidebar: { backgroundColor: '#18201d', textColor: '#e8eeeb' },
  rightPanel: { backgroundColor: '#0a0e0c' },
  codeBlock: { backgroundColor: '#18201d' },
  typography: { links: { color: '#4fd1c0' }, code: { color: '#7be3d5', backgroundColor: '#16302b' } },
}

const { typography, ...theme } = dark ? night : light

Redoc.init(
  '/openapi.json',
  {
    nativeScrollbars: true,
    requiredPropsFirst: true,
    theme: {
      ...theme,
      typography: {
        ...typography,
        fontFamily: system,
        headings: { fontFamily: system, fontWeight: '650' },
        code: { ...typography.code, fontFamily: mono },
      },
    },
  },
  document.getElementById('redoc'),
)
