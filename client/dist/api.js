// Generated from src/app.ts by `npm run client`.
export {};
