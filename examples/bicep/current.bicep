// What the app has now, for a template that is to keep it: its weights with their labels, and its tags.
param app string

resource running 'Microsoft.App/containerApps@2025-07-01' existing = {
  name: app
}

output traffic array = running.properties.configuration.ingress.traffic
output tags object = running.?tags ?? {}
