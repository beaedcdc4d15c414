import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { links } from './links.ts'
import { sessions } from './sessions.ts'

/** `/api/auth`: becoming known, getting in, staying in, getting out, and getting back in. */
export const auth = new Hono<AppEnv>().route('/', sessions).route('/', links)
