//! Where workers sleep, and who wakes them.
//!
//! It turns "there is a job" into "a thread is awake that will find it", for [`Pool::spawn`](super::Pool::spawn) on one side and the
//! workers on the other, and knows neither jobs nor queues. It must always hold that a job in a queue is seen by somebody who is
//! awake; and it should hold that nobody is woken who finds nothing.

use crate::sync::{Arc, Thread, thread};
use crate::sync::{AtomicBool, AtomicUsize, Line, Mutex, Ordering, fence, lock};

/// The sleepers and the searchers of a pool.
///
/// ```text
///              nothing at hand                    nothing found
///   ┌─────────┐  begin_search   ┌───────────┐         park       ┌────────┐
///   │ working │ ──────────────▶ │ searching │ ─────────────────▶ │ parked │
///   └─────────┘                 └───────────┘                    └────────┘
///        ▲       end_search        │     ▲    wake_one, wake_all,    │
///        └─────────────────────────┘     └───────────────────────────┘
///           found; the last searcher          or work seen on second
///           looks back and wakes one          look, while lying down
///
///   announce, by whoever has put a job into a queue:  no searcher and a sleeper?  wake_one
/// ```
///
/// One word holds the number of searchers and that of sleepers. **A wakeup hands over the search**: whoever wakes a sleeper counts
/// it as a searcher at once, so that during the time a thread takes to come up nobody else is woken, however many jobs are announced
/// meanwhile; and a searcher that has found a job wakes the next one if there is more. So a burst wakes as many as it keeps busy,
/// one after the other, and no herd.
///
/// **No wakeup is lost.** Let S put a job into a queue, which is *push*; *fence*; *read the word*. Leaving a search, to work or to
/// sleep, is *change the word*; *fence*; *look at all queues*. Both fences are sequentially consistent, so one is first, and of the
/// two threads one sees what the other did: if S does not read the change, then the change comes later in the order of the word,
/// the fence of S comes first, and the look behind that change sees the job (or that somebody took it). Now S reads one of three things:
///
/// 1. *No searcher, a sleeper.* S wakes one, which is a searcher and will leave its search: case 2.
/// 2. *A searcher.* The number of searchers falls to zero some time later. The thread that made it fall looks at all queues after
///    that, and S did not read its change: it sees the job. If it was about to sleep, it takes it. If it goes to work, it wakes
///    one, and is in the place of S with a job that was pushed before its fence: the argument begins again with a word that is
///    later, and it ends, for every round either wakes a sleeper or finds none, case 3.
/// 3. *Neither.* All workers are at work. Before one sleeps, it changes the word, which is later than what S read: it sees the job.
///
/// Jobs that a worker moves from one queue to its own in a batch are announced by it, or moved before it leaves its search, which
/// comes to the same. The end of the pool is announced to all ([`wake_all`](Self::wake_all)) under the lock under which they lie down.
pub(super) struct Parking {
    /// Searchers in the upper half, sleepers in the lower. Sleepers change under the lock only.
    word: Line<AtomicUsize>,
    sleepers: Mutex<Sleepers>,
}

struct Sleepers {
    /// Who slept last is woken first: its caches are warm.
    list: Vec<Arc<Parker>>,
    woken: u64,
}

/// The bed of one worker.
pub(super) struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

impl Parking {
    pub(super) fn new(threads: usize) -> Self {
        let sleepers = Sleepers { list: Vec::with_capacity(threads), woken: 0 };
        Self { word: Line(AtomicUsize::new(0)), sleepers: Mutex::new(sleepers) }
    }

    /// To be called after a job was put into a queue: wakes somebody if nobody is looking for work.
    pub(super) fn announce(&self) {
        fence(Ordering::SeqCst);
        if Word(self.word.0.load(Ordering::Relaxed)).wants_waking() {
            self.wake_one();
        }
    }

    /// A worker has nothing at hand and looks everywhere.
    pub(super) fn begin_search(&self) {
        self.word.0.fetch_add(SEARCHER, Ordering::AcqRel);
    }

    /// A searcher has found something. When it was the last one and there is more to do, somebody else goes on.
    pub(super) fn end_search(&self, more: impl FnOnce() -> bool) {
        let before = Word(self.word.0.fetch_sub(SEARCHER, Ordering::AcqRel));
        if before.searchers() != 1 || before.sleepers() == 0 {
            return;
        }
        fence(Ordering::SeqCst);
        if more() && Word(self.word.0.load(Ordering::Relaxed)).wants_waking() {
            self.wake_one();
        }
    }

    /// A searcher has found nothing and sleeps until it is woken, or does not when a second look shows that it is needed. Either
    /// way it comes back as a searcher.
    pub(super) fn park(&self, parker: &Arc<Parker>, needed: impl FnOnce() -> bool) {
        self.lie_down(parker);
        fence(Ordering::SeqCst);
        if needed() && self.get_up(parker) {
            return;
        }
        // The flag, and not the return of `park`, says who was woken: jobs may park and unpark their thread as they like.
        while !parker.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }

    /// The pool ends: everybody gets up and sees for himself.
    pub(super) fn wake_all(&self) {
        let mut sleepers = lock(&self.sleepers);
        let all = std::mem::take(&mut sleepers.list);
        let count = all.len();
        sleepers.woken = sleepers.woken.wrapping_add(count as u64);
        self.word.0.fetch_add(count.wrapping_mul(SEARCHER.wrapping_sub(SLEEPER)), Ordering::AcqRel);
        drop(sleepers);
        all.iter().for_each(|parker| parker.wake());
    }

    /// How many sleep now.
    pub(super) fn parked(&self) -> usize {
        Word(self.word.0.load(Ordering::Acquire)).sleepers()
    }

    /// How often somebody was woken.
    pub(super) fn woken(&self) -> u64 {
        lock(&self.sleepers).woken
    }

    #[cold]
    fn wake_one(&self) {
        let mut sleepers = lock(&self.sleepers);
        // Another may have been faster.
        if !Word(self.word.0.load(Ordering::Relaxed)).wants_waking() {
            return;
        }
        let Some(parker) = sleepers.list.pop() else { return };
        sleepers.woken = sleepers.woken.wrapping_add(1);
        self.word.0.fetch_add(SEARCHER.wrapping_sub(SLEEPER), Ordering::AcqRel);
        drop(sleepers);
        parker.wake();
    }

    fn lie_down(&self, parker: &Arc<Parker>) {
        let mut sleepers = lock(&self.sleepers);
        sleepers.list.push(Arc::clone(parker));
        self.word.0.fetch_sub(SEARCHER.wrapping_sub(SLEEPER), Ordering::AcqRel);
    }

    /// Whether the sleeper got up by itself; else somebody is just waking it.
    fn get_up(&self, parker: &Arc<Parker>) -> bool {
        let mut sleepers = lock(&self.sleepers);
        let Some(at) = sleepers.list.iter().position(|one| Arc::ptr_eq(one, parker)) else {
            return false;
        };
        sleepers.list.remove(at);
        self.word.0.fetch_add(SEARCHER.wrapping_sub(SLEEPER), Ordering::AcqRel);
        true
    }
}

impl Parker {
    /// For the thread that asks.
    pub(super) fn here() -> Arc<Self> {
        Arc::new(Self { thread: thread::current(), woken: AtomicBool::new(false) })
    }

    fn wake(&self) {
        // Not a store: loom takes one for older than a swap that did not see it.
        self.woken.swap(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[derive(Clone, Copy)]
struct Word(usize);

impl Word {
    /// Somebody sleeps and nobody searches.
    fn wants_waking(self) -> bool {
        self.searchers() == 0 && self.sleepers() != 0
    }

    fn searchers(self) -> usize {
        self.0 >> HALF
    }

    fn sleepers(self) -> usize {
        self.0 & SEARCHER.wrapping_sub(1)
    }
}

const HALF: u32 = usize::BITS / 2;
const SEARCHER: usize = 1 << HALF;
const SLEEPER: usize = 1;
