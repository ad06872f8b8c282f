//! Children that are started, used and left in every way.

use mcp_engine::transport::Command;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::churn::arrow;
use crate::process::{held, resident, settles};
use crate::report::{Report, Slope};
use crate::{Failure, Scale};

pub(crate) async fn soak(scale: Scale, report: &mut Report) -> Result<(), Failure> {
    let own = std::process::id();
    for number in 0..WAYS {
        one(number).await?;
    }
    let before = settled(own).await;
    let mut slope = Slope::default();
    let (tenth, hundredth) = ((scale.children / 10).max(1), (scale.children / 100).max(1));
    let begun = std::time::Instant::now();
    for number in 0..scale.children {
        one(number).await?;
        // The samples stand in the memory that they are taken of.
        if number.is_multiple_of(hundredth) {
            slope.sample(number, resident(own));
        }
        if (number + 1) % tenth == 0 {
            println!("    {} children", number + 1);
        }
    }
    let rate = scale.children as f64 / begun.elapsed().as_secs_f64();
    let after = settled(own).await;
    report.show("children", format!("{} in {WAYS} ways, {rate:.0} a second", scale.children));
    report.demand_flat("children: memory of the parent", &slope);
    report.demand("children: left, zombies too", after.children.to_string(), after.children == 0);
    let (from, to) = (before.descriptors, after.descriptors);
    report.demand("children: descriptors", arrow(from, to), to <= from);
    Ok(())
}

/// What this process holds once the children are gone that nobody has waited for.
async fn settled(own: u32) -> crate::process::Held {
    settles(|| held(own).children == 0).await;
    held(own)
}

/// Starts a child and leaves it: killed, asked to end, dropped with its stream, ended by itself, or the father of one that stays.
async fn one(number: u64) -> Result<(), Failure> {
    let command = match number % WAYS {
        3 => Command::new("true"),
        4 => Command::new("sh").args(["-c", "sleep 600 & exec cat"]),
        _ => Command::new("cat"),
    };
    let (mut stream, child) = command.spawn()?;
    match number % WAYS {
        3 => {
            child.wait().await?;
        }
        way => {
            stream.write_all(b"hello\n").await?;
            let mut back = [0; 6];
            stream.read_exact(&mut back).await?;
            match way {
                0 => drop(child.kill().await?),
                1 => {
                    drop(stream);
                    child.shutdown().await?;
                }
                2 => drop((stream, child)),
                _ => drop(child.kill().await?),
            }
        }
    }
    Ok(())
}

const WAYS: u64 = 5;
