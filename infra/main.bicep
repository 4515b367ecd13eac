// Everything that entra-wordpress-sync needs in one resource group. Nothing here holds a key: storage, telemetry and secrets are reached
// with one user-assigned identity, which has its roles before the app starts and keeps its Graph permissions when the app is made anew.
targetScope = 'resourceGroup'

@minLength(2)
@maxLength(32) // The Functions host cuts longer names off when it makes its id.
@description('Name of the function app, unique in Azure: its address is https://<name>.azurewebsites.net. The other names are made from it.')
param functionAppName string = 'ewsync-${uniqueString(resourceGroup().id)}'

@description('Region of everything. It must offer the Flex Consumption plan.')
param location string = resourceGroup().location

@description('Tags that every resource gets.')
param tags object = {}

@description('WORDPRESS_URL: address of the site’s front page, with https. Empty where syncConfig names the connections.')
param wordpressUrl string = ''

@description('WORDPRESS_USERNAME: login of the WordPress account that writes to the site.')
param wordpressUsername string = ''

@secure()
@description('WORDPRESS_APP_PASSWORD: application password of that account. It is kept in the key vault.')
param wordpressAppPassword string = ''

@minLength(36)
@maxLength(36)
@description('AZURE_TENANT_ID: id of the tenant that people come from. Another one than the subscription’s needs directoryClientId and directoryClientSecret: a managed identity belongs to its own tenant only.')
param directoryTenantId string = subscription().tenantId

@description('AZURE_CLIENT_ID: application (client) id of an app registration in that tenant. Empty = the managed identity.')
param directoryClientId string = ''

@secure()
@description('AZURE_CLIENT_SECRET: client secret of that app registration. It is kept in the key vault. Empty = the managed identity.')
param directoryClientSecret string = ''

@description('GRAPH_BASE_URL: address of Microsoft Graph; national clouds have their own.')
param graphBaseUrl string = 'https://graph.microsoft.com'

@minLength(11)
@description('SYNC_SCHEDULE: when incremental cycles run, a six-field NCRONTAB expression in UTC (second minute hour day month day-of-week).')
param syncSchedule string = '0 */15 * * * *'

@description('SYNC_CONFIG: everything more (several connections, mapping, adoption …), as JSON or as the path of a JSON file in the package. Secrets in it are only ever named: {"env": "NAME"}.')
param syncConfig string = ''

@secure()
@description('Secrets that syncConfig names: app setting name → value, such as { INTRANET_APP_PASSWORD: "…" }. They are kept in the key vault.')
param secretSettings object = {}

@description('Further app settings that hold no secret: name → value, such as { PUBLIC_BASE_URL: "https://sync.contoso.com" }.')
param furtherSettings object = {}

@allowed(['22', '24'])
@description('Major version of Node.js.')
param nodeVersion string = '24'

@allowed([512, 2048, 4096])
@description('Memory of an instance, in MB.')
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
@description('Most instances at a time. What a site has to bear is limited by its lane, not by this.')
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(20)
@description('Instances kept ready for HTTP, at a price. 1 keeps cold starts away from the notifications of Microsoft Graph.')
param alwaysReadyHttp int = 0

@description('Resource id of a subnet delegated to Microsoft.App/environments, for a site inside a virtual network. Empty = none.')
param subnetId string = ''

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
@description('Redundancy of the storage account, which holds the links between directory and site.')
param storageSku string = 'Standard_LRS'

@minValue(30)
@maxValue(730)
@description('Days that logs are kept in Log Analytics. The audit’s retention is a setting in syncConfig.')
param logRetentionDays int = 30

var token = uniqueString(resourceGroup().id, functionAppName)
var keyVaultName = 'kv-${token}'

var secrets = union(
  secretSettings,
  empty(wordpressAppPassword) ? {} : { WORDPRESS_APP_PASSWORD: wordpressAppPassword },
  empty(directoryClientSecret) ? {} : { AZURE_CLIENT_SECRET: directoryClientSecret }
)
// Names in a vault may have no underscore.
var secretValues = toObject(items(secrets), secret => toLower(replace(secret.key, '_', '-')), secret => secret.value)
var secretReferences = toObject(
  items(secrets),
  secret => secret.key,
  secret => '@Microsoft.KeyVault(VaultName=${keyVaultName};SecretName=${toLower(replace(secret.key, '_', '-'))})'
)

var wordpress = [wordpressUrl, wordpressUsername, wordpressAppPassword]
var registration = [directoryClientId, directoryClientSecret]
var hasWholeSite = !contains(wordpress, '')
var hasNoSite = length(filter(wordpress, given => !empty(given))) == 0
var fault = contains(registration, '') && length(filter(registration, given => !empty(given))) > 0
  ? 'directoryClientId and directoryClientSecret go together: give both or neither.'
  : hasWholeSite || hasNoSite && !empty(syncConfig)
      ? ''
      : 'Give wordpressUrl, wordpressUsername and wordpressAppPassword, or leave all three out and name the connections in syncConfig.'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  // The first thing that is evaluated: wrong parameters are told before anything is made.
  name: empty(fault) ? 'id-${functionAppName}' : fail(fault)
  location: location
  tags: tags
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    sku: storageSku
    identityId: identity.id
    principalId: identity.properties.principalId
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    appName: functionAppName
    location: location
    tags: tags
    retentionInDays: logRetentionDays
    identityId: identity.id
    principalId: identity.properties.principalId
  }
}

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  params: {
    name: keyVaultName
    location: location
    tags: tags
    identityId: identity.id
    principalId: identity.properties.principalId
    secrets: secretValues
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  params: {
    name: functionAppName
    location: location
    tags: tags
    identityId: identity.id
    deploymentContainer: storage.outputs.deploymentContainer
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttp: alwaysReadyHttp
    subnetId: subnetId
    settings: union(
      furtherSettings,
      {
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
        APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
        AzureWebJobsStorage__blobServiceUri: storage.outputs.services.blobServiceUri
        AzureWebJobsStorage__queueServiceUri: storage.outputs.services.queueServiceUri
        AzureWebJobsStorage__tableServiceUri: storage.outputs.services.tableServiceUri
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identity.properties.clientId
        AZURE_CLIENT_ID: empty(directoryClientId) ? identity.properties.clientId : directoryClientId
        AZURE_TENANT_ID: directoryTenantId
        GRAPH_BASE_URL: graphBaseUrl
        SYNC_CONFIG: syncConfig
        SYNC_SCHEDULE: syncSchedule
        WORDPRESS_URL: wordpressUrl
        WORDPRESS_USERNAME: wordpressUsername
      },
      secretReferences
    )
  }
  // References are resolved once when the app starts, and then not for a day.
  dependsOn: [keyVault]
}

@description('Name of the function app.')
output functionAppName string = functionApp.outputs.name

@description('Host name of the function app.')
output functionAppHostName string = functionApp.outputs.hostName

@description('Where to see that it runs.')
output healthUrl string = 'https://${functionApp.outputs.hostName}/api/health'

@description('Object id of the managed identity: what infra/grant-graph-permissions.sh grants Graph permissions to.')
output identityPrincipalId string = identity.properties.principalId

@description('Name of the key vault.')
output keyVaultName string = keyVaultName
