/** Where five older APIs kept what now lives under `/api`. Their path → ours; method and body stay. */
export const aliases: Record<string, string> = {
  '/auth/register': '/api/auth/register',
  '/auth/login': '/api/auth/login',
  '/auth/logout': '/api/auth/logout',
  '/auth/refresh': '/api/auth/refresh',
  '/auth/verify-email': '/api/auth/verify-email',
  '/auth/reject-registration': '/api/auth/reject-registration',
  '/auth/resend-verification': '/api/auth/resend-verification',
  '/auth/forgot-password': '/api/auth/forgot-password',
  '/auth/reset-password': '/api/auth/reset-password',
  '/auth/confirm-email': '/api/auth/confirm-email',
  '/auth/cancel-email-change': '/api/auth/cancel-email-change',
  '/auth/end-session': '/api/auth/end-session',
  '/auth/approve-email-change': '/api/auth/approve-email-change',
  '/auth/revert-email-change': '/api/auth/revert-email-change',
  '/auth/end-freeze': '/api/auth/end-freeze',
  '/auth/end-sessions': '/api/auth/end-sessions',
  '/auth/undo-deletion': '/api/auth/undo-deletion',
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
}

/** Guards stand at the canonical path, and so hold for every alias of it. */
export const canonicalPath = (path: string) => (Object.hasOwn(aliases, path) ? aliases[path]! : path)
