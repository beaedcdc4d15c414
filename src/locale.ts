import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'

// zod/mini has no messages of its own: without a language every message would be "Invalid input".
z.config(en())
