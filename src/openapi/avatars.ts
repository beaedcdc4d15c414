import * as z from 'zod'
import { file, type Group, multipart, type Operation } from './operation.ts'
import { userReply } from './replies.ts'

const PictureForm = z
  .object({
    file: z
      .file()
      .meta({ description: 'PNG, JPEG or WebP: at most 5 MiB, 12,000 pixels a side and 50 megapixels in all.' }),
  })
  .meta({ id: 'PictureForm' })

const upload = (id: string): Operation => ({
  id,
  summary: 'Set the picture',
  description:
    "Takes a form with one `file`. The picture is cut to a square, made 400 × 400 pixels large and encoded anew as WebP, so that nothing else of the file is kept: no place, no camera, no animation. What kind of picture it is, its bytes decide; name and type of the file are not looked at. The one before is removed. `avatar_url` leads to it; with `CLOUDINARY_URL` set that is an address of Cloudinary's. Ten pictures an hour. `POST` and `PUT` do the same.",
  access: 'user',
  body: multipart(PictureForm),
  replies: { 200: userReply('The user as they are now.') },
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
      description: '`avatar_url` is `null` from now on. Answers the same where there was none.',
      access: 'user',
      replies: { 200: userReply('The user as they are now.') },
      refusals: ['rate_limited'],
    },
    'GET /avatars/{key}': {
      id: 'avatar',
      summary: 'A picture',
      description:
        'Where `avatar_url` leads: for everybody who knows the address, on pages of any origin. Another picture has another address; a copy is asked about again after an hour, since a picture may be deleted.',
      path: z.object({
        key: z.string().meta({ description: '22 characters, at random.', examples: ['k'.repeat(22)] }),
      }),
      anyPath: true,
      replies: {
        200: {
          says: 'The picture.',
          content: file('image/webp', '400 × 400 pixels.'),
          headers: { ETag: 'The key.', 'Cache-Control': '`public, max-age=3600, must-revalidate`' },
        },
        304: { says: 'As you have it.' },
      },
      refusals: ['not_found'],
    },
  },
}
