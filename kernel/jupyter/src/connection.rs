//! The connection file: addresses at which a front end expects the kernel.

use crate::transport::endpoint::Endpoint;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Addresses and key of one kernel session, written by the front end.
#[derive(Clone, Deserialize)]
pub struct ConnectionFile {
    transport: Transport,
    /// Address for tcp, beginning of a path for ipc.
    ip: String,
    shell_port: u16,
    iopub_port: u16,
    stdin_port: u16,
    control_port: u16,
    hb_port: u16,
    pub(crate) key: String,
    #[serde(default = "hmac_sha256")]
    signature_scheme: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Transport {
    Tcp,
    Ipc,
}

fn hmac_sha256() -> String {
    "hmac-sha256".to_owned()
}

/// Reason why a connection file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionFileError {
    /// The file cannot be read.
    #[error("cannot read the connection file {path}: {source}")]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// The file is not a connection file as Jupyter writes it.
    #[error("the connection file {path} is not one: {source}")]
    Malformed {
        /// Path of the file.
        path: PathBuf,
        /// Error in its content.
        source: serde_json::Error,
    },
    /// The file asks for a signature scheme other than hmac-sha256.
    #[error(
        "the connection file asks for the signature scheme {0:?}; this kernel knows hmac-sha256"
    )]
    SignatureScheme(String),
}

/// One of the five sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Shell,
    Control,
    Stdin,
    IoPub,
    Heartbeat,
}

impl ConnectionFile {
    /// Reads a connection file.
    ///
    /// # Errors
    /// If it cannot be read, is not JSON of the right shape, or names an unknown signature scheme.
    pub fn read(path: &Path) -> Result<ConnectionFile, ConnectionFileError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConnectionFileError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        let file: ConnectionFile =
            serde_json::from_str(&text).map_err(|source| ConnectionFileError::Malformed {
                path: path.to_owned(),
                source,
            })?;
        if file.signature_scheme != hmac_sha256() {
            return Err(ConnectionFileError::SignatureScheme(file.signature_scheme));
        }
        Ok(file)
    }

    pub(crate) fn endpoint(&self, channel: Channel) -> Endpoint {
        let port = match channel {
            Channel::Shell => self.shell_port,
            Channel::Control => self.control_port,
            Channel::Stdin => self.stdin_port,
            Channel::IoPub => self.iopub_port,
            Channel::Heartbeat => self.hb_port,
        };
        match self.transport {
            Transport::Tcp => Endpoint::Tcp {
                host: self.ip.clone(),
                port,
            },
            Transport::Ipc => Endpoint::Ipc(format!("{}-{port}", self.ip).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_follow_the_transport() {
        let text = r#"{"transport":"ipc","ip":"/tmp/k","shell_port":1,"iopub_port":2,"stdin_port":3,
                       "control_port":4,"hb_port":5,"key":"","kernel_name":"x"}"#;
        let endpoint = |text: &str, channel| {
            let file: ConnectionFile = serde_json::from_str(text).unwrap();
            file.endpoint(channel).to_string()
        };
        assert_eq!(endpoint(text, Channel::Heartbeat), "ipc:///tmp/k-5");
        let text = text.replace("ipc", "tcp").replace("/tmp/k", "127.0.0.1");
        assert_eq!(endpoint(&text, Channel::Shell), "tcp://127.0.0.1:1");
    }
}
