import * as z from 'zod'

const suspendThenDelete = z
  .strictObject({
    action: z
      .literal('suspend', 'must be "suspend" beside deleteAfterDays: only suspended accounts are deleted later')
      .describe('Suspends the account at once.')
      .meta({ examples: ['suspend'] }),
    deleteAfterDays: z
      .int()
      .min(1)
      .max(3650)
      .describe('Days after which the suspended account is deleted, if the person isn’t back; 1 to 3650.')
      .meta({ examples: [90] }),
  })
  .describe('Suspends now and deletes later.')
  .meta({ examples: [{ action: 'suspend', deleteAfterDays: 90 }] })

const policy = (who: string, example: unknown) =>
  z
    .union(
      [z.enum(['suspend', 'delete', 'leave']), suspendThenDelete],
      'must be "suspend", "delete", "leave" or {"action": "suspend", "deleteAfterDays": 90}',
    )
    .optional()
    .describe(
      `What becomes of the account of somebody ${who}: "suspend", "delete", "leave" (it stays as it is), or ` +
        '{"action": "suspend", "deleteAfterDays": 90}, which suspends now and deletes later. Default: "suspend".',
    )
    .meta({ examples: [example] })

/** `leaving` */
export const leavingSchema = z
  .strictObject({
    disabled: policy('whose sign-in is disabled', 'suspend'),
    softDeleted: policy('who was deleted in the directory and can be restored there, for 30 days', 'suspend'),
    purged: policy('whom the directory no longer knows, asked twice a day apart', {
      action: 'suspend',
      deleteAfterDays: 90,
    }),
    outOfScope: policy('whom scope no longer takes', 'leave'),
    reassignTo: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(60, 'must have at most 60 characters')
      .nullable()
      .optional()
      .describe(
        'Login of the account that gets the content of deleted ones; needed where anything deletes. It is protected itself. ' +
          'null, the default: none.',
      )
      .meta({ examples: ['archive'] }),
  })
  .describe('What becomes of accounts whose person left. Default: they are suspended, and never deleted.')
  .meta({ examples: [{ purged: { action: 'suspend', deleteAfterDays: 90 }, reassignTo: 'archive' }] })

/** `guard` */
export const guardSchema = z
  .strictObject({
    most: z
      .int()
      .min(0)
      .optional()
      .describe('Suspensions and deletions in 24 hours, at most; 0: every one waits for an operator. Default: 500.')
      .meta({ examples: [500] }),
    percent: z
      .number()
      .min(0.1)
      .max(100)
      .optional()
      .describe(
        'The same as a percentage of the connection’s active accounts, 0.1 to 100; where both limits differ the smaller holds. Default: 5.',
      )
      .meta({ examples: [5] }),
    fewest: z
      .int()
      .min(0)
      .optional()
      .describe('The percentage is never taken for less than so many accounts. Default: 10.')
      .meta({ examples: [10] }),
  })
  .describe(
    'The deletion guard: more than `most` suspensions and deletions in 24 hours, or more than `percent` of the connection’s active ' +
      'accounts where that is more than `fewest`, are held back until an operator approves.',
  )
  .meta({ examples: [{ most: 500, percent: 5, fewest: 10 }] })
