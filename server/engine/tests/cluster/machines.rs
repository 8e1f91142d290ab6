//! One scheduler and two executors, each a process of its own on this machine.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tenkyu_engine::cluster::{self, ExecutorOptions, SchedulerOptions};

/// Tells a process of this test what it is.
const ROLE: &str = "TENKYU_TEST_MACHINE";

/// The processes, which end with it.
pub struct Machines {
    pub scheduler: String,
    processes: Vec<Child>,
    _work: tempfile::TempDir,
}

impl Machines {
    /// Starts a scheduler, and two executors of two cores over the catalogues of a folder.
    pub fn start(catalogs: &Path) -> Self {
        let work = tempfile::tempdir().unwrap();
        let scheduler = free(1);
        let mut processes = vec![process(&format!("scheduler {scheduler}"))];
        wait_for(scheduler);
        for _ in 0..2 {
            let executor = free(2);
            let (catalogs, work) = (catalogs.display(), work.path().display());
            processes.push(process(&format!("executor {scheduler} {executor} {catalogs} {work}")));
            wait_for(executor);
        }
        Self { scheduler: format!("http://{scheduler}"), processes, _work: work }
    }

    /// Ends an executor as a machine ends that loses its power.
    pub fn kill_an_executor(&mut self) {
        let mut last = self.processes.pop().unwrap();
        last.kill().unwrap();
        last.wait().unwrap();
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A port with free ones after it, `count` in all.
fn free(count: u16) -> SocketAddr {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = first.local_addr().unwrap();
        let more =
            (1..count).map(|n| TcpListener::bind((addr.ip(), addr.port().checked_add(n)?)).ok());
        if more.collect::<Option<Vec<_>>>().is_some() {
            return addr;
        }
    }
}

fn process(role: &str) -> Child {
    let quiet = std::env::var_os("TENKYU_TEST_LOUD").is_none();
    let out = || if quiet { Stdio::null() } else { Stdio::inherit() };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "machine", "--ignored", "--nocapture"])
        .env(ROLE, role)
        .stdout(out())
        .stderr(out())
        .spawn()
        .unwrap()
}

fn wait_for(addr: SocketAddr) {
    let start = Instant::now();
    while TcpStream::connect(addr).is_err() {
        assert!(start.elapsed() < Duration::from_secs(30), "{addr} does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a process does that was started as a machine.
pub fn be() {
    let Ok(role) = std::env::var(ROLE) else { return };
    // Seen with TENKYU_TEST_LOUD.
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let words: Vec<&str> = role.split(' ').collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let done = match words.as_slice() {
        ["scheduler", addr] => {
            let options = SchedulerOptions { addr: addr.parse().unwrap(), host: None };
            runtime.block_on(cluster::scheduler(options, |_| {}))
        }
        ["executor", scheduler, addr, catalogs, work] => {
            let options = ExecutorOptions {
                scheduler: format!("http://{scheduler}"),
                addr: addr.parse().unwrap(),
                host: None,
                catalogs: catalogs.into(),
                work: work.into(),
                cores: 2,
                memory_bytes: 512 << 20,
                hot_bytes: 64 << 20,
            };
            runtime.block_on(cluster::executor(options))
        }
        _ => panic!("{role}"),
    };
    done.unwrap();
}
