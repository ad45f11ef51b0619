# An app that Terraform describes and lockgate rolls out. README.md beside this file says who decides what.
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "resource_group" {
  type = string
}

variable "environment_id" {
  type = string
}

# Only what the app is created with. Later images come by `lockgate rollout --image`.
variable "first_image" {
  type = string
}

resource "azurerm_container_app" "shop" {
  name                         = "shop"
  resource_group_name          = var.resource_group
  container_app_environment_id = var.environment_id
  revision_mode                = "Multiple"

  template {
    container {
      name   = "shop"
      image  = var.first_image
      cpu    = 0.5
      memory = "1Gi"
    }
  }

  ingress {
    external_enabled = true
    target_port      = 8080

    # What the app is created with. `lockgate pin` then names the revision, and this block is ignored.
    traffic_weight {
      latest_revision = true
      percentage      = 100
    }
  }

  lifecycle {
    ignore_changes = [
      # Weights and labels.
      ingress[0].traffic_weight,
      # The lease of a run and the notes of what was promoted and what failed.
      tags,
      # Which image runs, and how its revision is named.
      template[0].container[0].image,
      template[0].revision_suffix,
    ]
  }
}
