import type { PersonPatch } from '../../dev/directory/person.ts'
import type { ChaosDirectory } from './chaos-directory.ts'
import type { Action, PlannedPerson } from './schedule.ts'

export type CastGroups = { staff: string; team: string } | null

/** The people of a run, as the plan names them and as the directory knows them. */
export type Cast = {
  /** Object id; undefined = not created yet. */
  idOf(key: string): string | undefined
  addressOf(name: string): string
  create(person: PlannedPerson): Promise<void>
  /** Does what the action says, where it is about the directory's people; false where it can't be done now. */
  perform(action: Action): Promise<boolean>
}

/** @param tag what sets this run's names and addresses apart from those of any other */
export function createCast(directory: ChaosDirectory, tag: string, groups: CastGroups): Cast {
  const { admin } = directory
  const ids = new Map<string, string>()
  const mails = new Map<string, string | null>()
  const addressOf = (name: string): string => `${name}.${tag}@contoso.example`

  async function create(person: PlannedPerson): Promise<void> {
    const { id } = await admin.createUser({
      displayName: person.displayName,
      ...given({ givenName: person.givenName, surname: person.surname }),
      ...given({ jobTitle: person.jobTitle, department: person.department, preferredLanguage: person.language }),
      userPrincipalName: person.guest
        ? `${person.key}.${tag}_home.example#EXT#@contoso.example`
        : addressOf(person.key),
      ...(person.mail === null ? {} : { mail: addressOf(person.mail) }),
      userType: person.guest ? 'Guest' : 'Member',
      accountEnabled: person.enabled,
    })
    ids.set(person.key, id)
    mails.set(person.key, person.mail)
    if (groups && person.group) await admin.addMembers(groups[person.group], [id])
  }

  async function perform(action: Action): Promise<boolean> {
    if (action.kind === 'create') return await done(create(action.person))
    if (action.kind === 'nest' || action.kind === 'unnest') {
      if (!groups) return false
      const change = action.kind === 'nest' ? admin.addMembers : admin.removeMembers
      return await done(change(groups.staff, [groups.team]))
    }
    if (action.kind === 'drop-team') return groups !== null && (await done(admin.deleteGroup(groups.team)))
    const id = 'who' in action ? ids.get(action.who) : undefined
    if (id === undefined) return false
    const update = (patch: PersonPatch): Promise<boolean> => done(admin.updateUser(id, patch))
    switch (action.kind) {
      case 'rename':
        return await update({
          givenName: action.givenName,
          surname: action.surname,
          displayName: action.displayName,
        })
      case 'detail':
        return await update({
          jobTitle: action.jobTitle,
          department: action.department,
          preferredLanguage: action.language,
        })
      case 'address':
        mails.set(action.who, action.mail)
        return await update({ mail: addressOf(action.mail) })
      case 'swap': {
        const other = ids.get(action.other)
        const [mine, theirs] = [mails.get(action.who), mails.get(action.other)]
        if (other === undefined || !mine || !theirs) return false
        const changes = [
          { id, patch: { mail: addressOf(theirs) } },
          { id: other, patch: { mail: addressOf(mine) } },
        ]
        if (!(await done(admin.updateUsers(changes)))) return false
        mails.set(action.who, theirs)
        mails.set(action.other, mine)
        return true
      }
      case 'disable':
        return await update({ accountEnabled: false })
      case 'enable':
        return await update({ accountEnabled: true })
      case 'member':
        return await update({ userType: 'Member' })
      case 'guest':
        return await update({ userType: 'Guest' })
      case 'soft-delete':
        return await done(admin.softDelete(id))
      case 'restore':
        return await done(admin.restore(id))
      case 'purge':
        return await done(admin.purge(id))
      case 'join':
        return groups !== null && (await done(admin.addMembers(groups[action.group], [id])))
      case 'quit':
        if (!groups) return false
        return await done(Promise.all([groups.staff, groups.team].map((group) => admin.removeMembers(group, [id]))))
      default:
        return false
    }
  }
  return { idOf: (key) => ids.get(key), addressOf, create, perform }
}

/** Null is for what was never set: then the directory must not know it. */
function given(values: Record<string, string | null>): PersonPatch {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
}

/** A directory refuses what doesn't fit the state that somebody is in: then nothing happens. */
async function done(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('The simulated directory refused')) return false
    throw error
  }
}
