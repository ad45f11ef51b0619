// lockgate inside Azure: the janitor on a cron and a rollout that is started, each with an identity and a role of its own.
// The same jobs as janitor.yaml and rollout.yaml, which `create` makes with az. README.md says what the numbers are for.
//
//   az deployment group create --resource-group prod --template-file main.bicep \
//     --parameters environmentName=prod-env app=shop image=registry.example/lockgate@sha256:…

targetScope = 'resourceGroup'

@description('The Container Apps environment in which the jobs run; that of the app where its ingress is internal.')
param environmentName string

@description('The app that the job for rollouts is about.')
param app string

@description('The image of lockgate, by its digest.')
param image string

@description('How long a rollout may take, in seconds: more than the longest duration that `lockgate plan` prints.')
@minValue(60)
param rolloutTimeout int = 14400

param location string = resourceGroup().location

var janitorRights = loadJsonContent('role-janitor.json')
var rolloutRights = loadJsonContent('role-rollout.json')

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' existing = {
  name: environmentName
}

resource containerApp 'Microsoft.App/containerApps@2025-07-01' existing = {
  name: app
}

resource janitorIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'lockgate-janitor'
  location: location
}

resource rolloutIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'lockgate-rollout'
  location: location
}

resource janitorRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'lockgate janitor')
  properties: {
    roleName: 'lockgate janitor of ${resourceGroup().name}'
    description: janitorRights.Description
    type: 'CustomRole'
    permissions: [
      {
        actions: janitorRights.Actions
      }
    ]
    assignableScopes: [
      resourceGroup().id
    ]
  }
}

resource rolloutRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'lockgate rollout')
  properties: {
    roleName: 'lockgate rollout of ${resourceGroup().name}'
    description: rolloutRights.Description
    type: 'CustomRole'
    permissions: [
      {
        actions: rolloutRights.Actions
      }
    ]
    assignableScopes: [
      resourceGroup().id
    ]
  }
}

// The janitor finds the apps by listing the resource group, so its role is on the group.
resource janitorAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, 'lockgate-janitor', janitorRole.id)
  properties: {
    principalId: janitorIdentity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: janitorRole.id
  }
}

// A rollout is about one app, and its role is on that app alone.
resource rolloutAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(containerApp.id, 'lockgate-rollout', rolloutRole.id)
  scope: containerApp
  properties: {
    principalId: rolloutIdentity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: rolloutRole.id
  }
}

resource janitorJob 'Microsoft.App/jobs@2025-07-01' = {
  name: 'lockgate-janitor'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${janitorIdentity.id}': {}
    }
  }
  properties: {
    environmentId: environment.id
    configuration: {
      triggerType: 'Schedule'
      scheduleTriggerConfig: {
        cronExpression: '*/15 * * * *'
        parallelism: 1
        replicaCompletionCount: 1
      }
      replicaTimeout: 1800
      replicaRetryLimit: 0
    }
    template: {
      containers: [
        {
          name: 'lockgate'
          image: image
          args: [
            'recover'
            '--all'
            '--expired-for'
            '15m'
          ]
          env: [
            {
              name: 'AZURE_CLIENT_ID'
              value: janitorIdentity.properties.clientId
            }
            {
              name: 'LOCKGATE_CREDENTIAL'
              value: 'managed-identity'
            }
            {
              name: 'LOCKGATE_SUBSCRIPTION'
              value: subscription().subscriptionId
            }
            {
              name: 'LOCKGATE_RESOURCE_GROUP'
              value: resourceGroup().name
            }
          ]
          resources: {
            cpu: json('0.25')
            memory: '0.5Gi'
          }
        }
      ]
    }
  }
}

resource rolloutJob 'Microsoft.App/jobs@2025-07-01' = {
  name: 'lockgate-rollout'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${rolloutIdentity.id}': {}
    }
  }
  properties: {
    environmentId: environment.id
    configuration: {
      triggerType: 'Manual'
      manualTriggerConfig: {
        parallelism: 1
        replicaCompletionCount: 1
      }
      replicaTimeout: rolloutTimeout
      replicaRetryLimit: 0
      secrets: [
        {
          name: 'lockgate-toml'
          value: loadTextContent('lockgate.toml')
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'lockgate'
          image: image
          args: [
            'rollout'
          ]
          env: [
            {
              name: 'AZURE_CLIENT_ID'
              value: rolloutIdentity.properties.clientId
            }
            {
              name: 'LOCKGATE_CREDENTIAL'
              value: 'managed-identity'
            }
            {
              name: 'LOCKGATE_SUBSCRIPTION'
              value: subscription().subscriptionId
            }
            {
              name: 'LOCKGATE_RESOURCE_GROUP'
              value: resourceGroup().name
            }
            {
              name: 'LOCKGATE_APP'
              value: app
            }
            {
              name: 'LOCKGATE_CONFIG'
              value: '/config/lockgate.toml'
            }
            {
              name: 'LOCKGATE_STATE_DIR'
              value: '/state'
            }
          ]
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
          volumeMounts: [
            {
              volumeName: 'config'
              mountPath: '/config'
            }
            {
              volumeName: 'state'
              mountPath: '/state'
            }
          ]
        }
      ]
      volumes: [
        {
          name: 'config'
          storageType: 'Secret'
          secrets: [
            {
              secretRef: 'lockgate-toml'
              path: 'lockgate.toml'
            }
          ]
        }
        {
          name: 'state'
          storageType: 'EmptyDir'
        }
      ]
    }
  }
}

// Give it AcrPull where lockgate's image, or a gate, is in a private registry.
output rolloutPrincipal string = rolloutIdentity.properties.principalId
output janitorPrincipal string = janitorIdentity.properties.principalId
