// Tasks go into a scheduler, and come out when they may run; some are completed by other threads.
#include <pthread.h>
#include <stdatomic.h>

#include "check.h"

static uint64_t submit(mcpe_scheduler scheduler, mcpe_task task) {
  uint64_t id = 0;
  task.size = sizeof task;
  OK(mcpe_scheduler_submit(scheduler, &task, 0, &id));
  return id;
}

static mcpe_ready ready(mcpe_scheduler scheduler, uint64_t now, uint64_t tag) {
  mcpe_ready ready;
  OK(mcpe_scheduler_poll_ready(scheduler, now, &ready));
  CHECK(ready.tag == tag);
  return ready;
}

static void ended(mcpe_scheduler scheduler, uint64_t tag, uint32_t outcome) {
  mcpe_task_event event;
  OK(mcpe_scheduler_poll_event(scheduler, &event));
  CHECK(event.kind == MCPE_TASK_EVENT_ENDED && event.tag == tag && event.outcome == outcome);
}

static void nothing(mcpe_scheduler scheduler, uint64_t now) {
  mcpe_ready ready;
  mcpe_task_event event;
  IS(MCPE_NOTHING, mcpe_scheduler_poll_ready(scheduler, now, &ready));
  IS(MCPE_NOTHING, mcpe_scheduler_poll_event(scheduler, &event));
}

static void tasks_run_in_their_order(void) {
  mcpe_scheduler scheduler;
  mcpe_key_options options = {.size = sizeof options, .concurrency = 1, .rate = {.starts = 1000, .period_ns = 1000, .burst = 100}};
  mcpe_quota_options quota_options = {.size = sizeof quota_options, .concurrency = 2};
  mcpe_settled settled;
  mcpe_load load;
  uint64_t key = 0, quota = 0, due = 0;
  uint32_t state = 0, outcome = 0;
  OK(mcpe_scheduler_new(NULL, &scheduler));
  OK(mcpe_scheduler_open_quota(scheduler, &quota_options, &quota));
  options.quotas = &quota;
  options.quotas_len = 1;
  OK(mcpe_scheduler_open_key(scheduler, &options, &key));
  IS(MCPE_ERR_MISUSE, mcpe_scheduler_close_quota(scheduler, quota));
  uint64_t first = submit(scheduler, (mcpe_task){.key = key, .tag = 1});
  submit(scheduler, (mcpe_task){.key = key, .tag = 2, .priority = MCPE_PRIORITY_LOW});
  submit(scheduler, (mcpe_task){.key = key, .tag = 3, .after = &first, .after_len = 1});
  submit(scheduler, (mcpe_task){.key = key, .tag = 4, .deadline_ns = 500});
  OK(mcpe_scheduler_load(scheduler, key, &load));
  CHECK(load.waiting == 4 && load.running == 0);
  mcpe_ready one = ready(scheduler, 0, 1);
  nothing(scheduler, 0);
  OK(mcpe_scheduler_state(scheduler, one.task, &state));
  CHECK(state == MCPE_STATE_RUNNING);
  OK(mcpe_scheduler_poll_timeout(scheduler, &due));
  CHECK(due <= 500);
  OK(mcpe_scheduler_handle_timeout(scheduler, 500));
  ended(scheduler, 4, MCPE_OUTCOME_TIMED_OUT);
  OK(mcpe_scheduler_complete(scheduler, one.task, MCPE_COMPLETION_SUCCEEDED, NULL, 500, &settled));
  CHECK(settled.kind == MCPE_SETTLED_ENDED && settled.outcome == MCPE_OUTCOME_SUCCEEDED);
  ended(scheduler, 1, MCPE_OUTCOME_SUCCEEDED);
  mcpe_ready three = ready(scheduler, 500, 3);
  OK(mcpe_scheduler_cancel(scheduler, three.task, 500, &outcome));
  CHECK(outcome == MCPE_OUTCOME_CANCELLED);
  mcpe_task_event stop;
  OK(mcpe_scheduler_poll_event(scheduler, &stop));
  CHECK(stop.kind == MCPE_TASK_EVENT_STOP && stop.outcome == MCPE_OUTCOME_CANCELLED);
  ended(scheduler, 3, MCPE_OUTCOME_CANCELLED);
  OK(mcpe_scheduler_complete(scheduler, three.task, MCPE_COMPLETION_ABANDONED, NULL, 500, &settled));
  CHECK(settled.kind == MCPE_SETTLED_LATE);
  mcpe_ready two = ready(scheduler, 500, 2);
  OK(mcpe_scheduler_complete(scheduler, two.task, MCPE_COMPLETION_SUCCEEDED, NULL, 500, &settled));
  ended(scheduler, 2, MCPE_OUTCOME_SUCCEEDED);
  IS(MCPE_ERR_MISUSE, mcpe_scheduler_complete(scheduler, two.task, MCPE_COMPLETION_SUCCEEDED, NULL, 500, &settled));
  CHECK(strstr(mcpe_error_message(), "no such task"));
  OK(mcpe_scheduler_close_key(scheduler, key));
  OK(mcpe_scheduler_close_quota(scheduler, quota));
  OK(mcpe_scheduler_free(scheduler));
}

static void what_fails_is_tried_again(void) {
  mcpe_scheduler scheduler;
  mcpe_str finals[1] = {S("ValueError")};
  mcpe_policy policy = {.size = sizeof policy, .attempts = 2, .initial_ns = 100, .final_kinds = finals, .final_kinds_len = 1};
  mcpe_failure failure = {.size = sizeof failure, .kind = S("OSError")};
  mcpe_settled settled;
  mcpe_task task = {.size = sizeof task, .tag = 7};
  mcpe_ready attempt;
  uint32_t id = 0, other = 9;
  OK(mcpe_scheduler_new(NULL, &scheduler));
  OK(mcpe_scheduler_open_key(scheduler, NULL, &task.key));
  OK(mcpe_scheduler_set_policy(scheduler, T("tools.*"), &policy, &id));
  OK(mcpe_scheduler_policy_of(scheduler, T("tools.search"), &task.policy));
  OK(mcpe_scheduler_policy_of(scheduler, T("other"), &other));
  CHECK(task.policy == id && other == 0);
  OK(mcpe_scheduler_try_start(scheduler, &task, 0, &attempt));
  OK(mcpe_scheduler_complete(scheduler, attempt.task, MCPE_COMPLETION_FAILED, &failure, 0, &settled));
  CHECK(settled.kind == MCPE_SETTLED_RETRIES && settled.at_ns == 100);
  nothing(scheduler, 0);
  OK(mcpe_scheduler_handle_timeout(scheduler, 100));
  attempt = ready(scheduler, 100, 7);
  CHECK(attempt.attempt == 2);
  failure.kind = finals[0];
  OK(mcpe_scheduler_complete(scheduler, attempt.task, MCPE_COMPLETION_FAILED, &failure, 100, &settled));
  ended(scheduler, 7, MCPE_OUTCOME_FAILED);
  OK(mcpe_scheduler_free(scheduler));
}

static void scopes_hold_and_end_what_is_below_them(void) {
  mcpe_scheduler scheduler;
  uint64_t key = 0, scope = 0;
  mcpe_settled settled;
  mcpe_totals totals;
  OK(mcpe_scheduler_new(NULL, &scheduler));
  OK(mcpe_scheduler_open_key(scheduler, NULL, &key));
  OK(mcpe_scheduler_open_scope(scheduler, 50, 0, 0, &scope));
  OK(mcpe_scheduler_pause(scheduler, scope, 0));
  submit(scheduler, (mcpe_task){.key = key, .tag = 1, .parent = scope});
  nothing(scheduler, 0);
  OK(mcpe_scheduler_resume(scheduler, scope, 0));
  OK(mcpe_scheduler_close_scope(scheduler, scope, 0));
  OK(mcpe_scheduler_complete(scheduler, ready(scheduler, 0, 1).task, MCPE_COMPLETION_SUCCEEDED, NULL, 0, &settled));
  ended(scheduler, 1, MCPE_OUTCOME_SUCCEEDED);
  ended(scheduler, 50, MCPE_OUTCOME_SUCCEEDED);
  OK(mcpe_scheduler_totals(scheduler, &totals));
  CHECK(totals.known == 0 && totals.submitted == 1 && totals.succeeded == 1);
  OK(mcpe_scheduler_free(scheduler));
}

static atomic_int woken, freed;

static void wake(void *userdata) {
  atomic_fetch_add((atomic_int *)userdata, 1);
}

static void destroy(void *userdata) {
  CHECK(userdata == &woken);
  atomic_fetch_add(&freed, 1);
}

struct job {
  mcpe_permit permit;
  int how;
};

static void *work(void *given) {
  struct job *job = given;
  mcpe_failure failure = {.size = sizeof failure, .kind = S("OSError")};
  if (job->how == 0) OK(mcpe_permit_succeed(job->permit));
  if (job->how == 1) OK(mcpe_permit_fail(job->permit, &failure));
  if (job->how == 2) OK(mcpe_permit_free(job->permit));
  // A permit is given back once.
  IS(MCPE_ERR_HANDLE, mcpe_permit_succeed(job->permit));
  CHECK(strstr(mcpe_error_message(), "mcpe_permit"));
  return NULL;
}

static void permits_come_back_from_any_thread(void) {
  mcpe_scheduler_options options = {.size = sizeof options, .running = 3, .wake = wake, .userdata = &woken, .destroy = destroy};
  mcpe_scheduler scheduler;
  uint64_t key = 0;
  struct job jobs[3];
  pthread_t threads[3];
  size_t back = 0, count = 0;
  OK(mcpe_scheduler_new(&options, &scheduler));
  OK(mcpe_scheduler_open_key(scheduler, NULL, &key));
  for (int at = 0; at < 3; at++) submit(scheduler, (mcpe_task){.key = key, .tag = (uint64_t)at});
  for (int at = 0; at < 3; at++) {
    mcpe_ready next = ready(scheduler, 0, (uint64_t)at);
    jobs[at].how = at;
    OK(mcpe_permit_new(scheduler, &next, &jobs[at].permit));
  }
  for (int at = 0; at < 3; at++) CHECK(pthread_create(&threads[at], NULL, work, &jobs[at]) == 0);
  for (int at = 0; at < 3; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  CHECK(atomic_load(&woken) == 1);
  OK(mcpe_scheduler_collect(scheduler, 0, &count));
  back += count;
  CHECK(back == 3);
  mcpe_totals totals;
  OK(mcpe_scheduler_totals(scheduler, &totals));
  CHECK(totals.running == 0 && totals.succeeded == 1 && totals.failed == 2);
  // A permit that is out keeps what it needs to wake.
  submit(scheduler, (mcpe_task){.key = key, .tag = 9});
  mcpe_ready last = ready(scheduler, 0, 9);
  mcpe_permit permit;
  OK(mcpe_permit_new(scheduler, &last, &permit));
  OK(mcpe_scheduler_free(scheduler));
  CHECK(atomic_load(&freed) == 0);
  OK(mcpe_permit_free(permit));
  CHECK(atomic_load(&freed) == 1);
}

int main(void) {
  tasks_run_in_their_order();
  what_fails_is_tried_again();
  scopes_hold_and_end_what_is_below_them();
  permits_come_back_from_any_thread();
  NONE_LEFT(scheduler);
  NONE_LEFT(permit);
  return 0;
}
