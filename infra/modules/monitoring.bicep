@description('Name of the app that is watched; the names of the workspace and of Application Insights are made from it.')
param appName string

@description('Region of both.')
param location string

@description('Tags of both.')
param tags object

@description('Days that logs are kept.')
param retentionInDays int

@description('Resource id of the identity that sends telemetry.')
param identityId string

@description('Object id of that identity.')
param principalId string

var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${appName}'
  location: location
  tags: tags
  properties: {
    retentionInDays: retentionInDays
    sku: { name: 'PerGB2018' }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${appName}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    // Only the identity may send: the key in the connection string alone does not do.
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identityId, metricsPublisher)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

@description('Where telemetry goes.')
output connectionString string = insights.properties.ConnectionString
