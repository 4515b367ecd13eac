import { createRandom, type Random } from '../../dev/directory/random.ts'
import type { Action, PlannedPerson } from './schedule.ts'

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never
export type Step = WithoutTime<Action>

/** What a motif draws with: the run's own random numbers, its people, and the stream that it adds to. */
export type Draw = Random & {
  run: number
  /** Keys of everybody there is at the beginning or comes later. */
  people: string[]
  hosts: number
  /** Milliseconds that the stream lasts. */
  length: number
  /** True once in `one` times. */
  chance(one: number): boolean
  /** From `from` to `to`, both included. */
  between(from: number, to: number): number
  /** So many different ones, or all there are. */
  some<T>(list: readonly T[], count: number): T[]
  add(at: number, step: Step): void
  /** A person of this run who comes later; `at` null = is there from the beginning. */
  newcomer(at: number | null, more?: Partial<PlannedPerson>): string
}

export function createDraw(seed: number, run: number, length: number) {
  // Neighbouring runs must have nothing in common: the generator mixes its seed well.
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b))
  const actions: Action[] = []
  const initial: PlannedPerson[] = []
  const people: string[] = []
  const between = (from: number, to: number): number => from + random.below(to - from + 1)
  const draw: Draw = {
    ...random,
    run,
    people,
    hosts: 1,
    length,
    chance: (one) => random.below(one) === 0,
    between,
    some(list, count) {
      const left = [...list]
      const chosen = []
      while (chosen.length < count && left.length > 0) chosen.push(...left.splice(random.below(left.length), 1))
      return chosen
    },
    add: (at, step) => void actions.push({ ...step, at: Math.max(0, Math.round(at)) }),
    newcomer(at, more = {}) {
      const person = drawPerson(draw, people.length, more)
      people.push(person.key)
      if (at === null) initial.push(person)
      else draw.add(at, { kind: 'create', person })
      return person.key
    },
  }
  return { draw, actions, initial }
}

const givenNames = ['Ann', 'Jürgen', 'Zoë', "D'Arcy", '小明', 'Mary  Jane', 'Bo', 'Łukasz', 'Иван', 'Kim'] as const
const surnames = ['Berg', 'Müller', "O'Neil", '王', 'van der Berg', 'Strauß', 'Smith & Sons', 'Петров', null] as const
const jobs = ['Engineer', 'Head of R&D', 'Clerk', null] as const
const departments = ['Sales', 'R&D', 'People & Culture', null] as const
const languages = ['de-DE', 'en-US', 'xx-YY', null] as const

/** Two letters and a number: short, and no name is part of another. */
const keys = 'abcdefghijklmnopqrstuvwxyz'

export function drawPerson(random: Random, index: number, more: Partial<PlannedPerson> = {}): PlannedPerson {
  const key = `${keys[index % 26] ?? 'z'}${keys[Math.floor(index / 26)] ?? 'z'}`
  const givenName = random.pick(givenNames)
  const surname = random.pick(surnames)
  return {
    key,
    givenName,
    surname,
    displayName: [givenName, surname].filter(Boolean).join(' '),
    jobTitle: random.pick(jobs),
    department: random.pick(departments),
    language: random.pick(languages),
    mail: key,
    guest: false,
    enabled: true,
    group: random.pick(['staff', 'staff', 'team', 'team', null] as const),
    ...more,
  }
}
