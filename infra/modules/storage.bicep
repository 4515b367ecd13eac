@description('Name of the storage account.')
param name string

@description('Region of the account.')
param location string

@description('Tags of the account.')
param tags object

@description('Kind of redundancy.')
param sku string

@description('Resource id of the identity that reads and writes the account.')
param identityId string

@description('Object id of that identity.')
param principalId string

var roles = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource deployment 'containers' = {
      name: 'deployment'
      properties: { publicAccess: 'None' }
    }
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    name: guid(account.id, identityId, role.value)
    scope: account
    properties: {
      description: role.key
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]

@description('Address of the container that holds the deployed package.')
output deploymentContainer string = '${account.properties.primaryEndpoints.blob}${account::blobs::deployment.name}'

@description('The connection that host and app share: addresses of the three services, by the names that follow AzureWebJobsStorage__.')
output services object = {
  // Without the slash at the end that the account's own properties have.
  blobServiceUri: 'https://${account.name}.blob.${environment().suffixes.storage}'
  queueServiceUri: 'https://${account.name}.queue.${environment().suffixes.storage}'
  tableServiceUri: 'https://${account.name}.table.${environment().suffixes.storage}'
}
