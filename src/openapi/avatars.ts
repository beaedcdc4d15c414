import * as z from 'zod'
import { file, type Group, multipart, type Operation } from './operation.ts'
import { userReply } from './replies.ts'

const PictureForm = z
  .object({
    file: z.file().meta({ description: 'PNG, JPEG or WebP: at most 5 MiB, 12,000 pixels a side and 50 megapixels.' }),
  })
  .meta({ id: 'PictureForm' })

const upload = (id: string): Operation => ({
  id,
  summary: 'Set the picture',
  description:
    'Takes a form with one `file`. The picture is cropped to a square, scaled to 400 × 400 pixels and re-encoded as WebP, so that no metadata remains: no place, no camera, no animation. Its format is recognised by its bytes; name and type of the file are ignored. The previous picture is removed. `avatar_url` is the URL of the new one; with `CLOUDINARY_URL` set, it is at Cloudinary. Ten pictures an hour. `POST` and `PUT` do the same.',
  access: 'user',
  body: multipart(PictureForm),
  replies: { 200: userReply('The changed user.') },
  refusals: ['rate_limited'],
})

export const avatars: Group = {
  tag: 'Picture',
  operations: {
    'POST /api/user/upload-avatar': upload('uploadAvatar'),
    'PUT /api/user/avatar': upload('replaceAvatar'),
    'DELETE /api/user/avatar': {
      id: 'deleteAvatar',
      summary: 'Remove the picture',
      description: 'Sets `avatar_url` to `null`. Answers the same if there is no picture.',
      access: 'user',
      replies: { 200: userReply('The changed user.') },
      refusals: ['rate_limited'],
    },
    'GET /avatars/{key}': {
      id: 'avatar',
      summary: 'A picture',
      description:
        'The picture that `avatar_url` names: for everybody who knows the URL, on pages of any origin. Another picture has another URL. Copies are validated again after an hour, because a picture may be deleted.',
      path: z.object({
        key: z.string().meta({ description: '22 random characters.', examples: ['k'.repeat(22)] }),
      }),
      anyPath: true,
      replies: {
        200: {
          says: 'The picture.',
          content: file('image/webp', '400 × 400 pixels.'),
          headers: { ETag: 'The key.', 'Cache-Control': '`public, max-age=3600, must-revalidate`' },
        },
        304: { says: 'Your copy is current.' },
      },
      refusals: ['not_found'],
    },
  },
}
