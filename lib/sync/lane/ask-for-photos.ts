import { connectionOf } from '../context.ts'
import { sendPhotoLooks } from '../send-photo-looks.ts'
import type { Lane } from './lane.ts'
import type { Outcome } from './outcome.ts'

/**
 * Who gets an account, or gets it back, gets their photo soon, not with the next poll. Sent before the commit: whoever dies between them has
 * asked once too often, never once too little.
 */
export async function askForPhotos({ context }: Lane, outcomes: readonly Outcome[]): Promise<void> {
  const begun = outcomes.filter(
    ({ case: { look, link: before }, link }) => link?.state === 'active' && before.state !== 'active' && !look.dryRun,
  )
  for (const [id, theirs] of Map.groupBy(begun, ({ case: { look } }) => look.connection)) {
    const connection = connectionOf(context, id)
    if (connection?.photos)
      await sendPhotoLooks(
        context,
        connection,
        theirs.map(({ case: { look } }) => look.objectId),
      )
  }
}
