import * as z from 'zod'

/** A page of a plain list; without a nextLink it is the last one. https://learn.microsoft.com/graph/paging */
export const listPageSchema = <T>(item: z.ZodType<T>) =>
  z.object({ value: z.array(item), '@odata.nextLink': z.string().min(1).optional() })

/** https://learn.microsoft.com/graph/delta-query-overview: the two links never stand together, and one always stands. */
export const deltaPageSchema = <T>(entry: z.ZodType<T>) =>
  z
    .object({
      value: z.array(entry),
      '@odata.nextLink': z.string().min(1).optional(),
      '@odata.deltaLink': z.string().min(1).optional(),
    })
    .refine((page) => (page['@odata.nextLink'] === undefined) !== (page['@odata.deltaLink'] === undefined), {
      path: ['@odata.nextLink'],
    })

/** A list that has no pages, as documented: with a nextLink it would not be all of it. */
export const wholeListSchema = <T>(item: z.ZodType<T>) =>
  z.object({ value: z.array(item), '@odata.nextLink': z.undefined().optional() })
