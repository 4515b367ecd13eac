import * as z from 'zod'

/** `singleSignOn` */
export const singleSignOnSchema = z
  .strictObject({
    markers: z
      .boolean()
      .optional()
      .describe(
        'Whether accounts get the marks by which single sign-on plugins such as WPO365 know them (user meta aadObjectId, userPrincipalName ' +
          'and aadTenantId); only where the site has the companion plugin. Default: true.',
      )
      .meta({ examples: [false] }),
  })
  .describe('Accounts that single sign-on plugins know when somebody first signs in.')
  .meta({ examples: [{ markers: true }] })
