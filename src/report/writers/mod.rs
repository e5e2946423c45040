//! Writers of reports: one file for each format.

mod annotations;
mod bounded_text;
mod csv;
#[cfg(feature = "html")]
mod html;
mod json;
#[cfg(feature = "junit")]
mod junit;
mod markdown;
mod ndjson;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod sarif;
#[cfg(feature = "cli")]
mod stderr_notes;
#[cfg(feature = "cli")]
mod table;

pub use annotations::{AzureDevopsRenderer, GithubRenderer};
pub use csv::CsvRenderer;
#[cfg(feature = "html")]
pub use html::HtmlRenderer;
pub use json::{JsonRenderer, document};
#[cfg(feature = "junit")]
pub use junit::JunitRenderer;
pub use markdown::MarkdownRenderer;
pub use ndjson::NdjsonRenderer;
#[cfg(feature = "parquet")]
pub use parquet::ParquetRenderer;
pub use rows::RowWriter;
pub use sarif::SarifRenderer;
#[cfg(feature = "cli")]
pub(crate) use stderr_notes::warnings;
#[cfg(feature = "cli")]
pub use table::TableRenderer;

use super::{Format, FormatError, Render, RenderOptions};

impl Format {
    /// Returns the writer of this format.
    ///
    /// # Errors
    ///
    /// [`FormatError::NotBuilt`] if the build lacks the format's feature.
    pub fn renderer(self, options: RenderOptions) -> Result<Box<dyn Render>, FormatError> {
        match self {
            #[cfg(feature = "cli")]
            Self::Table => Ok(Box::new(TableRenderer { options })),
            #[cfg(not(feature = "cli"))]
            Self::Table => Err(FormatError::NotBuilt { format: self, feature: "cli" }),
            Self::Json => Ok(Box::new(JsonRenderer)),
            Self::Ndjson => Ok(Box::new(NdjsonRenderer)),
            Self::Csv => Ok(Box::new(CsvRenderer)),
            Self::Markdown => Ok(Box::new(MarkdownRenderer::comment())),
            Self::Summary => Ok(Box::new(MarkdownRenderer::summary(options.room))),
            #[cfg(feature = "html")]
            Self::Html => Ok(Box::new(HtmlRenderer)),
            #[cfg(not(feature = "html"))]
            Self::Html => Err(FormatError::NotBuilt { format: self, feature: "html" }),
            #[cfg(feature = "junit")]
            Self::Junit => Ok(Box::new(JunitRenderer)),
            #[cfg(not(feature = "junit"))]
            Self::Junit => Err(FormatError::NotBuilt { format: self, feature: "junit" }),
            Self::Sarif => Ok(Box::new(SarifRenderer)),
            Self::Github => Ok(Box::new(GithubRenderer)),
            Self::AzureDevops => Ok(Box::new(AzureDevopsRenderer)),
            #[cfg(feature = "parquet")]
            Self::Parquet => Ok(Box::new(ParquetRenderer)),
            #[cfg(not(feature = "parquet"))]
            Self::Parquet => Err(FormatError::NotBuilt { format: self, feature: "parquet" }),
        }
    }
}
