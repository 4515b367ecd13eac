import * as z from 'zod'
import { postAfters } from '../domain/post-mapping.ts'
import { customs, setting } from './mapping-schema.ts'

const text = (description: string, example: z.infer<typeof setting>) =>
  setting
    .optional()
    .describe(description)
    .meta({ examples: [example] })

/** `posts` */
export const postsSchema = z
  .array(
    z
      .strictObject({
        type: z
          .string()
          .regex(
            /^[a-z0-9_-]{1,20}$/,
            'must be the name of a post type: at most 20 lower-case letters, digits, hyphens and underscores',
          )
          .describe(
            'Name of the post type, as it is registered. It must be shown in the REST API (`show_in_rest`). A person has one post of each type.',
          )
          .meta({ examples: ['staff'] }),
        title: z
          .union(setting.options, 'is needed: an expression (a text), or an object with one as its value')
          .describe(
            'Title, as plain text: an expression, or `{"value": expression, "once": true}`. Whoever it gives nothing for is a fault of that person.',
          )
          .meta({ examples: ['displayName'] }),
        content: text(
          'Content, as plain text: markup and shortcodes in it are shown, not run; blank lines make paragraphs. Default: not written.',
          'aboutMe',
        ),
        excerpt: text(
          'Excerpt, as plain text. Default: not written.',
          '$join([jobTitle, department][$boolean($)], ", ")',
        ),
        meta: customs(
          'Post meta by key, each an expression or an object as for mapping.meta. The keys must be registered with `register_post_meta` ' +
            '(`single`, `show_in_rest`), and the type must support `custom-fields`.',
          { phone: 'businessPhones[0]', skills: { value: '[otherMails]', type: 'array' } },
        ),
        acf: customs(
          'Fields of Advanced Custom Fields by name. Their field group must be shown for the post type, and in the REST API.',
          { office: 'officeLocation' },
        ),
        when: z
          .string()
          .optional()
          .describe(
            'Who has such a post: an expression that gives true or false; no result and null count as false. Default: everybody with an account.',
          )
          .meta({ examples: ['userType != "Guest" and $exists(jobTitle)'] }),
        status: z
          .enum(['publish', 'private'])
          .optional()
          .describe('Status while the account is active. Default: "publish".')
          .meta({ examples: ['publish'] }),
        whenLeaving: z
          .enum(postAfters)
          .optional()
          .describe(
            'Status while the account is suspended, or `when` no longer takes the person: "draft", "private", or "leave" (it stays as it is). ' +
              'Whoever is back has the same post again. Default: "draft".',
          )
          .meta({ examples: ['draft'] }),
        whenDeleted: z
          .enum([...postAfters, 'trash'])
          .optional()
          .describe(
            'The same once the account was deleted; "trash": the post goes to the trash, which WordPress empties. Default: as whenLeaving.',
          )
          .meta({ examples: ['trash'] }),
      })
      .describe('One post type.'),
  )
  .max(5)
  .describe(
    'Posts that people have, such as the entries of a staff directory: one a person and type, made, updated, unpublished and published again ' +
      'with the account, which is its author. What isn’t named here stays as people edit it. A list of a connection replaces that of the defaults.',
  )
  .meta({ examples: [[{ type: 'staff', title: 'displayName', meta: { phone: 'businessPhones[0]' } }]] })
