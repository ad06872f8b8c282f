//! What a caller may not do is refused by name, counted where it is a submission, and changes nothing.

use mcp_engine_executor::{
    Completion, Error, KeyConfig, KeyId, Misuse, PolicyId, QUOTAS_OF_A_KEY, QuotaConfig, QuotaId,
    Scope, Task, TaskId,
};

use crate::stage::Stage;

#[test]
fn a_task_names_only_what_exists() {
    let mut stage = Stage::new();
    let key = stage.key();
    let nobody = TaskId::from_bits(77);
    let tasks = [
        (Task::new(KeyId::from_bits(77)), Misuse::UnknownKey),
        (Task { policy: PolicyId::from_bits(77), ..Task::new(key) }, Misuse::UnknownPolicy),
        (Task { parent: Some(nobody), ..Task::new(key) }, Misuse::UnknownTask),
        (Task { after: &[nobody], ..Task::new(key) }, Misuse::UnknownTask),
    ];
    for (count, (task, misuse)) in (1..).zip(&tasks) {
        assert_eq!(stage.scheduler.submit(task, 0), Err(Error::ApiMisuse(*misuse)));
        assert_eq!(stage.scheduler.try_start(task, 0), Err(Error::ApiMisuse(*misuse)));
        assert_eq!(stage.scheduler.counters().misused, 2 * count);
    }
    assert!(stage.scheduler.is_empty());
    assert_eq!(stage.scheduler.load(key), Ok((0, 0)));
}

#[test]
fn nothing_is_done_to_a_task_that_nobody_knows() {
    let mut stage = Stage::new();
    let (scheduler, nobody) = (&mut stage.scheduler, TaskId::from_bits(77));
    let refusals = [
        scheduler.cancel(nobody, 0).map(drop),
        scheduler.pause(nobody, 0),
        scheduler.resume(nobody, 0),
        scheduler.close_scope(nobody, 0),
        scheduler.complete(nobody, Completion::Succeeded, 0).map(drop),
        scheduler.state(nobody).map(drop),
        scheduler.open_scope(&Scope { parent: Some(nobody), ..Scope::default() }).map(drop),
    ];
    for refusal in refusals {
        assert_eq!(refusal, Err(Error::ApiMisuse(Misuse::UnknownTask)));
    }
}

#[test]
fn what_has_ended_or_closes_takes_no_children() {
    let mut stage = Stage::new();
    let key = stage.key();
    let ended = stage.submit(Task::new(key));
    stage.start();
    stage.succeed(ended);
    let closing = stage.scope(None);
    stage.submit(Task { parent: Some(closing), ..Task::new(key) });
    stage.close(closing);
    for parent in [ended, closing].map(Some) {
        let refused = Err(Error::ApiMisuse(Misuse::ParentEnded));
        assert_eq!(stage.scheduler.submit(&Task { parent, ..Task::new(key) }, 0), refused);
        assert_eq!(stage.scheduler.open_scope(&Scope { parent, ..Scope::default() }), refused);
    }
}

#[test]
fn a_task_does_not_wait_for_a_scope_that_it_is_below() {
    let mut stage = Stage::new();
    let key = stage.key();
    let outer = stage.scope(None);
    let inner = stage.scope(Some(outer));
    let other = stage.scope(None);
    for scope in [outer, inner] {
        let task = Task { parent: Some(inner), after: &[scope], ..Task::new(key) };
        let refused = Err(Error::ApiMisuse(Misuse::WaitsForItself));
        assert_eq!(stage.scheduler.submit(&task, 0), refused);
    }
    let task = Task { parent: Some(inner), after: &[other], ..Task::new(key) };
    assert!(stage.scheduler.submit(&task, 0).is_ok());
}

#[test]
fn only_a_scope_is_closed() {
    let mut stage = Stage::new();
    let key = stage.key();
    let task = stage.submit(Task::new(key));
    let refused = Err(Error::ApiMisuse(Misuse::NotAScope));
    assert_eq!(stage.scheduler.close_scope(task, 0), refused);
}

#[test]
fn only_what_runs_is_given_back_and_only_once() {
    let mut stage = Stage::new();
    let key = stage.key();
    let task = stage.submit(Task::new(key));
    let scope = stage.scope(None);
    let refused = Err(Error::ApiMisuse(Misuse::NotRunning));
    for idle in [task, scope] {
        assert_eq!(stage.scheduler.complete(idle, Completion::Succeeded, 0), refused);
    }
    stage.start();
    stage.succeed(task);
    assert_eq!(stage.scheduler.complete(task, Completion::Succeeded, 0), refused);
    assert_eq!(stage.scheduler.running(), 0);
}

#[test]
fn a_key_is_closed_when_no_task_names_it() {
    let mut stage = Stage::new();
    let key = stage.key();
    let in_use = Err(Error::ApiMisuse(Misuse::InUse));
    let task = stage.submit(Task::new(key));
    assert_eq!(stage.scheduler.close_key(key), in_use);
    stage.start();
    assert_eq!(stage.scheduler.close_key(key), in_use);
    stage.cancel(task);
    assert_eq!(stage.scheduler.close_key(key), in_use, "it holds a permit");
    stage.succeed(task);
    assert_eq!(stage.scheduler.close_key(key), Ok(()));
    let unknown = Err(Error::ApiMisuse(Misuse::UnknownKey));
    assert_eq!(stage.scheduler.close_key(key), unknown);
    assert_eq!(stage.scheduler.load(key).map(drop), unknown);
    assert_eq!(stage.ends().len(), 1);
}

#[test]
fn a_quota_is_closed_when_no_key_counts_against_it() {
    let mut stage = Stage::new();
    let quota = stage.quota(QuotaConfig::default());
    let key = stage.key_with(KeyConfig { quotas: &[quota], ..KeyConfig::default() });
    let in_use = Err(Error::ApiMisuse(Misuse::InUse));
    assert_eq!(stage.scheduler.close_quota(quota), in_use);
    assert_eq!(stage.scheduler.close_key(key), Ok(()));
    assert_eq!(stage.scheduler.close_quota(quota), Ok(()));
    assert_eq!(stage.scheduler.close_quota(quota), Err(Error::ApiMisuse(Misuse::UnknownQuota)));
}

#[test]
fn a_key_names_few_quotas_each_once_and_only_what_exists() {
    let mut stage = Stage::new();
    let all: Vec<_> = (0..=QUOTAS_OF_A_KEY).map(|_| stage.quota(QuotaConfig::default())).collect();
    let mut open = |quotas: &[QuotaId]| {
        stage.scheduler.open_key(&KeyConfig { quotas, ..KeyConfig::default() }).map(drop)
    };
    assert_eq!(open(&all), Err(Error::ApiMisuse(Misuse::TooManyQuotas)));
    assert_eq!(open(&[all[0], all[0]]), Err(Error::ApiMisuse(Misuse::TooManyQuotas)));
    let made_up = [QuotaId::from_bits(0), QuotaId::from_bits(1 << 32), QuotaId::from_bits(77)];
    for quota in made_up {
        assert_eq!(open(&[quota]), Err(Error::ApiMisuse(Misuse::UnknownQuota)));
    }
    assert_eq!(open(&all[1..]), Ok(()));
    assert_eq!(stage.scheduler.counters().misused, 5);
    let first = stage.scheduler.close_quota(all[0]);
    assert_eq!(first, Ok(()), "what was refused counts against nothing");
}
