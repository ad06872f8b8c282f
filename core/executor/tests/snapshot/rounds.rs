//! There and back, in the middle of anything.

use mcp_engine_executor::internal::restored::come_to_an_end;
use mcp_engine_executor::{restore, snapshot};

use crate::scene::{LIMITS, RUN_LIMITS, Scene};

#[test]
fn what_is_restored_is_what_was_written_down() {
    let (mut same, mut all) = (0, 0);
    for seed in 0..60 {
        let mut scene = Scene::new(seed);
        for step in 0..150 {
            scene.act();
            scene.scheduler.assert_sound();
            scene.runs.assert_sound();
            let first = scene.snapshot();
            let again = |bytes: &[u8]| {
                let restored = restore(bytes, LIMITS, RUN_LIMITS, scene.now, 0);
                let (mut scheduler, runs) = restored.expect("a snapshot can be restored");
                scheduler.assert_sound();
                runs.assert_sound();
                (snapshot(&scheduler, &runs, scene.now, 0).expect("it is short"), scheduler, runs)
            };
            let (second, scheduler, runs) = again(&first);
            assert!(second == again(&second).0, "seed {seed}, step {step}");
            // What only a driver held that is gone is let go with the first restoration.
            if !scene.has_late_drivers() {
                assert!(first == second, "seed {seed}, step {step}");
                same += 1;
            }
            all += 1;
            if step % 10 == 0 {
                come_to_an_end(scheduler, runs, scene.now);
            }
        }
    }
    println!("{all} snapshots, {same} of them the same again");
    assert!(same > all / 3);
}
