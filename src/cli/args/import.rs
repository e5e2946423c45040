//! Arguments of the `import` and `export` commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const IMPORT_EXAMPLES: &str = "\
Examples:
  peerpath import azure exports/ --output network.yaml
  peerpath import azure circuit.json filter.json --site head-office=10.10.0.0/16,fd10::/48
  az network express-route list -o json > circuits.json && peerpath import azure circuits.json

Accepted input (from Azure CLI, REST and PowerShell; other text around the JSON is allowed):
  az network express-route list | show | peering list | peering show
  az network express-route list-route-tables --path primary | secondary
  az network route-filter list | show
  az network vnet list | show, az network route-table list | show
  az network vnet-gateway list | list-learned-routes | list-advertised-routes
  az network vpn-connection list, az network express-route gateway connection list
  az network nic show-effective-route-table, az network vhub get-effective-routes
  az network routeserver peering list-learned-routes | list-advertised-routes

A route table does not name its connection. Keep the command that printed it in a comment line above the table, such as
`# az network …`, or name the connection:
  peerpath import azure exports/ --output network.yaml --site head-office=10.10.0.0/16 \\
    --table er-ams/private/primary=primary.json --table er-ams/private/secondary=secondary.json
Routes are written to files beside the network file. Secret keys are never read.";

/// The `import` commands.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Convert Azure exports: circuits, peerings, route filters, routes, virtual networks
    Azure(ImportAzureArgs),
    /// Convert a Terraform plan: the network before and after it
    Terraform(ImportTerraformArgs),
    /// Convert an Azure Resource Manager template, such as the output of `az bicep build`
    Arm(ImportArmArgs),
}

/// Arguments of `import azure`.
#[derive(Args, Debug)]
#[command(after_help = IMPORT_EXAMPLES)]
pub struct ImportAzureArgs {
    /// Export files, or folders of them
    #[arg(required_unless_present = "table", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write the network file here instead of to standard output, and route tables to a folder beside it;
    /// existing files are never overwritten
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A site with its client prefixes, which no export contains; may be repeated
    #[arg(long, value_name = "NAME=PREFIX,…")]
    pub site: Vec<String>,
    /// A route table with the connection it belongs to, such as `er-ams/private/primary=table.json`; may be
    /// repeated
    #[arg(long, value_name = "CIRCUIT/PEERING/CONNECTION=FILE")]
    pub table: Vec<String>,
    /// Details of a circuit that the exports omit, such as `er-ams=Amsterdam,standard,1 Gbps`; may be repeated
    #[arg(long, value_name = "NAME=LOCATION,SKU,BANDWIDTH")]
    pub circuit: Vec<String>,
    /// The name of the network [default: the file name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

const TERRAFORM_EXAMPLES: &str = "\
Examples:
  terraform plan -out plan.bin && terraform show -json plan.bin > plan.json
  peerpath import terraform plan.json --onto network.yaml --output plan/
  peerpath import terraform plan.json --onto network.yaml --side after > after.yaml

A plan contains the Azure side: circuits, peerings, route filters, virtual networks, route tables, gateways. The
network file of `--onto` contains the rest: sites, NAT pools, advertised prefixes, route maps. Values that the plan
declares for a resource replace those of the resource with the same name in the file.
Values that affect paths but are known only after apply are listed. If the network file cannot record one of them as
unknown, nothing is written (exit code 2). Set them with `--assume`.";

/// Arguments of `import terraform`.
#[derive(Args, Debug)]
#[command(after_help = TERRAFORM_EXAMPLES)]
pub struct ImportTerraformArgs {
    /// The plan, from `terraform show -json`
    #[arg(value_name = "PLAN.json")]
    pub plan: PathBuf,
    /// Write only one side, to standard output or to the file given by `--output`
    #[arg(long, value_enum, value_name = "SIDE")]
    pub side: Option<SideArg>,
    /// The folder for `before.yaml` and `after.yaml` or, with `--side`, the file; existing files are never
    /// overwritten
    #[arg(short, long, value_name = "PATH", required_unless_present = "side")]
    pub output: Option<PathBuf>,
    /// Inputs that the file does not contain.
    #[command(flatten)]
    pub beside: BesideArgs,
}

/// A side of a plan, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// Before the change
    Before,
    /// After the change
    After,
}

const ARM_EXAMPLES: &str = "\
Examples:
  peerpath import arm template.json --parameters parameters.json --onto network.yaml --output after.yaml
  az bicep build --file main.bicep && peerpath import arm main.json --site head-office=10.10.0.0/16
  az group export --name rg-network > template.json && peerpath import arm template.json --onto network.yaml

A template contains the Azure side; see `peerpath import terraform --help` for `--onto` and `--assume`.";

/// Arguments of `import arm`.
#[derive(Args, Debug)]
#[command(after_help = ARM_EXAMPLES)]
pub struct ImportArmArgs {
    /// The template
    #[arg(value_name = "TEMPLATE.json")]
    pub template: PathBuf,
    /// The parameters of the template, in the format of `az deployment group create --parameters`
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// Write the network file here instead of to standard output; existing files are never overwritten
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Inputs that the file does not contain.
    #[command(flatten)]
    pub beside: BesideArgs,
}

/// Inputs that neither a plan nor a template contains.
#[derive(Args, Debug)]
pub struct BesideArgs {
    /// The network file with the customer's side; the declared resources are merged into it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["site", "name"])]
    pub onto: Option<PathBuf>,
    /// A site with its client prefixes; may be repeated
    #[arg(long, value_name = "NAME=PREFIX,…")]
    pub site: Vec<String>,
    /// The name of the network [default: the file name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A value (text or JSON) for an unknown setting, named as in the list of unknown values; may be repeated
    #[arg(long, value_name = "PLACE=VALUE")]
    pub assume: Vec<String>,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  peerpath export frr --network network.yaml
  peerpath export frr --network network.yaml --site amsterdam > frr.conf && vtysh -f frr.conf";

/// The `export` commands.
#[derive(Debug, Subcommand)]
#[command(after_help = EXPORT_EXAMPLES)]
pub enum ExportCommand {
    /// Export the edge router of a site as an FRRouting configuration
    Frr(ExportFrrArgs),
}

/// Arguments of `export frr`.
#[derive(Args, Debug)]
#[command(after_help = EXPORT_EXAMPLES)]
pub struct ExportFrrArgs {
    /// The network file
    #[arg(short, long, value_name = "FILE")]
    pub network: PathBuf,
    /// The site of the edge router [default: the first site]
    #[arg(long, value_name = "SITE")]
    pub site: Option<String>,
}
