import { links } from './domain/mails.ts'

/** Paths of five older APIs → our paths under `/api`. Method and body stay the same. */
export const aliases: Record<string, string> = {
  ...Object.fromEntries(Object.values(links).map(({ page }) => [`/auth/${page}`, `/api/auth/${page}`])),
  '/auth/register': '/api/auth/register',
  '/auth/login': '/api/auth/login',
  '/auth/logout': '/api/auth/logout',
  '/auth/login-json': '/api/auth/login',
  '/auth/refresh': '/api/auth/refresh',
  '/auth/resend-verification': '/api/auth/resend-verification',
  '/auth/forgot-password': '/api/auth/forgot-password',
  '/auth/me': '/api/user/profile',
  '/users/me': '/api/user/profile',
  '/me': '/api/user/profile',
  '/users/me/password': '/api/user/change-password',
  '/users/change-password': '/api/user/change-password',
  '/users/logout': '/api/auth/logout',
  '/register': '/api/auth/register',
  '/login': '/api/auth/login',
  '/refresh': '/api/auth/refresh',
  '/logout': '/api/auth/logout',
  '/account/register': '/api/auth/register',
  '/account/login': '/api/auth/login',
  '/account/refresh': '/api/auth/refresh',
  '/account/logout': '/api/auth/logout',
  '/account/me': '/api/user/profile',
  '/account/verify': '/api/auth/verify-email',
  '/account/verify-request': '/api/auth/resend-verification',
  '/account/forgot-password': '/api/auth/forgot-password',
  '/account/reset-password': '/api/auth/reset-password',
}

/** Guards are mounted on the canonical path, so they cover every alias. */
export const canonicalPath = (path: string) => (Object.hasOwn(aliases, path) ? aliases[path]! : path)
