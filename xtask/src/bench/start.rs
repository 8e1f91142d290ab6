//! From a stopped server to the first answer.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::figure::{Figure, time};
use crate::run::output;
use crate::serve::{self};
use crate::site::Profile;
use crate::test::Server;
use crate::tools;

const RUNS: usize = 5;

/// One query that every catalogue can answer, sent as a client would.
const CLIENT: &str = "import sys,urllib.request,urllib.parse;\
q=urllib.parse.urlencode({'LANG':'ADQL','FORMAT':'csv','QUERY':'SELECT COUNT(*) AS n FROM tap_schema.tables'});\
print(urllib.request.urlopen(sys.argv[1]+'/tap/sync?'+q).read().decode())";

/// Starts the release server on the demo data and asks it one question, several times.
pub fn measure() -> Result<()> {
    let binary = serve::build_server(Profile::Release)?;
    let python = tools::python()?;
    let data = Server::demo_data(&binary)?;
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..RUNS {
        let (server, listening) = time(|| Server::start(&binary, &data));
        let server = server?;
        let answer =
            output(std::process::Command::new(&python).args(["-c", CLIENT, server.url()]))?;
        ensure!(answer.starts_with('n'), "unexpected answer: {answer}");
        times.push(listening);
    }
    std::fs::remove_dir_all(&data)?;
    Figure::new("start: until the server listens", &times).print();
    Ok(())
}
