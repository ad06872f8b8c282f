//! An id that is kept too long names nothing, never somebody else.

use mcp_engine_executor::{Completion, Error, Misuse, QuotaConfig, Scheduler, Task, TaskId};

use crate::stage::Stage;

type Verb = fn(&mut Scheduler, TaskId) -> Result<(), Error>;

const VERBS: &[Verb] = &[
    |scheduler, task| scheduler.cancel(task, 0).map(drop),
    |scheduler, task| scheduler.complete(task, Completion::Succeeded, 0).map(drop),
    |scheduler, task| scheduler.pause(task, 0),
    |scheduler, task| scheduler.resume(task, 0),
    |scheduler, task| scheduler.close_scope(task, 0),
    |scheduler, task| scheduler.state(task).map(drop),
];

#[test]
fn the_id_of_a_task_whose_end_was_told_does_not_name_its_successor() {
    let mut stage = Stage::new();
    let key = stage.key();
    let old = stage.submit(Task::new(key));
    stage.cancel(old);
    stage.events();
    let new = stage.submit(Task { tag: 1, ..Task::new(key) });
    assert_ne!(old, new);
    let new_ready = stage.next();
    for verb in VERBS {
        assert_eq!(verb(&mut stage.scheduler, old), Err(Error::ApiMisuse(Misuse::UnknownTask)));
    }
    assert_eq!(new_ready.map(|ready| ready.id), Some(new));
    let after = Task { after: &[old], ..Task::new(key) };
    let unknown = Err(Error::ApiMisuse(Misuse::UnknownTask));
    assert_eq!(stage.scheduler.submit(&after, 0), unknown, "nobody waits for it");
    assert_eq!(stage.events(), []);
}

#[test]
fn the_id_of_an_end_that_was_not_told_yet_still_names_it() {
    let mut stage = Stage::new();
    let key = stage.key();
    let task = stage.submit(Task::new(key));
    stage.start();
    stage.succeed(task);
    let after = stage.submit(Task { tag: 1, after: &[task], ..Task::new(key) });
    assert_eq!(stage.next().map(|ready| ready.id), Some(after), "there is nothing to wait for");
}

#[test]
fn ids_of_keys_and_quotas_are_not_used_again() {
    let mut stage = Stage::new();
    let quota = stage.quota(QuotaConfig::default());
    let key = stage.key();
    assert_eq!(stage.scheduler.close_key(key), Ok(()));
    assert_eq!(stage.scheduler.close_quota(quota), Ok(()));
    assert!(stage.key() != key && stage.quota(QuotaConfig::default()) != quota);
    let submitted = stage.scheduler.submit(&Task::new(key), 0);
    assert_eq!(submitted, Err(Error::ApiMisuse(Misuse::UnknownKey)));
}

#[test]
fn an_id_is_the_same_after_a_detour_through_another_language() {
    let mut stage = Stage::new();
    let key = stage.key();
    let task = stage.submit(Task::new(key));
    let again = TaskId::from_bits(task.to_bits());
    assert_eq!((again, stage.scheduler.state(again).is_ok()), (task, true));
}
