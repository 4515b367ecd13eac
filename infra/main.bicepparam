// The parameters that most deployments need; main.bicep describes them all. Values are read from the environment, so that no secret is
// written into a file. What is no secret may as well be written here.
using 'main.bicep'

param wordpressUrl = readEnvironmentVariable('WORDPRESS_URL', '') // https://www.contoso.com
param wordpressUsername = readEnvironmentVariable('WORDPRESS_USERNAME', '') // entra-sync
param wordpressAppPassword = readEnvironmentVariable('WORDPRESS_APP_PASSWORD', '')
param syncSchedule = readEnvironmentVariable('SYNC_SCHEDULE', '0 */15 * * * *')
param syncConfig = readEnvironmentVariable('SYNC_CONFIG', '')

// What syncConfig names: { "connections": [{ …, "applicationPassword": { "env": "INTRANET_APP_PASSWORD" } }] }
// param secretSettings = { INTRANET_APP_PASSWORD: readEnvironmentVariable('INTRANET_APP_PASSWORD') }
