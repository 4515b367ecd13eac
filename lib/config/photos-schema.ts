import * as z from 'zod'
import { photoSizes } from '../domain/photo.ts'

/** `photos` of a connection and of the defaults. */
export const photosSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .describe(
        'Whether people’s photos become their avatars. The app (or its managed identity) needs the application permission ProfilePhoto.Read.All ' +
          'or User.Read.All for it, and the site something that keeps avatars: the companion plugin, Simple Local Avatars, BuddyPress or ' +
          'BuddyBoss. Azure AD B2C tenants have no photos. Default: false.',
      )
      .meta({ examples: [true] }),
    everyHours: z
      .number()
      .min(1)
      .max(720)
      .optional()
      .describe(
        'Hours between the starts of two polls, which ask for the tag of each photo: nothing else tells of a change. Default: 24.',
      )
      .meta({ examples: [24] }),
    size: z
      .literal(photoSizes)
      .optional()
      .describe(
        'Edge of the photos in pixels. Who has uploaded a smaller one gets that; where BuddyPress or BuddyBoss refuse it (less than 150, or ' +
          '300), the next larger one is taken. Another size comes with each person’s next photo. Default: 240.',
      )
      .meta({ examples: [240] }),
  })
  .describe('Photos from the directory as avatars on the site.')
  .meta({ examples: [{ enabled: true, everyHours: 24 }] })
