// An app that Bicep describes and lockgate rolls out. README.md beside this file says who decides what.
param app string = 'shop'
param location string = resourceGroup().location
param environmentId string

@description('The image by its digest. A new one becomes a revision without traffic, which lockgate rolls out.')
param image string

@description('Set it to false for the deployment that creates the app. One that is said to exist and does not fails.')
param exists bool = true

module current 'current.bicep' = if (exists) {
  name: 'current-${app}'
  params: {
    app: app
  }
}

resource shop 'Microsoft.App/containerApps@2025-07-01' = {
  name: app
  location: location
  // The tags of lockgate are the lease of a run and the notes of what was promoted and what failed.
  tags: union(exists ? current!.outputs.tags : {}, {
    team: 'shop'
  })
  properties: {
    environmentId: environmentId
    configuration: {
      activeRevisionsMode: 'Multiple'
      ingress: {
        external: true
        targetPort: 8080
        // A template without `traffic`, or with `latestRevision`, would send everything to the new revision.
        traffic: exists ? current!.outputs.traffic : [
          {
            latestRevision: true
            weight: 100
          }
        ]
      }
    }
    template: {
      containers: [
        {
          name: 'shop'
          image: image
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
        }
      ]
    }
  }
}

output CONTAINER_APP_NAME string = shop.name
