//! Changes of the ledger: lending, renewing, returning, withdrawing. Each is atomic and is done once per idempotency
//! key.

use contract::{
    ResetRequest,
    borrowing::{
        LendRequest, Lent, NewLoan, RenewRequest, Renewal, Renewed, ReturnRequest, Returned,
        WithdrawRequest, Withdrawn,
    },
    error::COPIES_CHANGED,
};
use domain::{Date, Limits, LoanId, LoanSnapshot, PatronId, Refusal, decide, decide_renewal};
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment, Problem,
    call::path_id,
    epoch, json_with,
    problem::{bad_request, conflict, refused},
    retry::{pin_session, retry_on_conflict},
};

use crate::{
    idempotency::once,
    outcome::Outcome,
    store::{self, OPEN_LOAN_KEYS, withdrawals},
};

/// `POST /borrowdb`: 201 with the loan's id, or 409 with the refusal.
pub(crate) fn lend(call: &Call<impl Environment>) -> Answer {
    let (key, LendRequest { borrow: loan }) = (call.idempotency_key()?, call.json()?);
    if loan.date_due < loan.date_out {
        return Err(bad_request("`borrow.date_due` must be `date_out` or a later day"));
    }
    let database = call.database()?;
    let limits = loan.limits.map_or(Limits::UNLIMITED, Limits::from);
    let epoch = loan.limits.and_then(|limits| limits.epoch);
    // Read, decide, write. If the snapshot is stale by then, a unique key refuses the row.
    let attempt = || {
        epoch::hold(&database, epoch)?;
        let (snapshot, withdrawn) = store::snapshot(&database, &loan)?;
        let decision = match decide(&limits, &snapshot) {
            Ok(allocation) => Ok(store::insert(&database, &loan, allocation)?),
            Err(refusal) => Err(refuse_loan(refusal, &limits, &snapshot)),
        };
        Ok((decision, loan.limits.map(|_| withdrawn)))
    };
    let outcome =
        |(decision, withdrawn): (Result<LoanId, (Refusal, Problem)>, Option<u32>)| match decision {
            Ok(id) => Outcome::done(Some(id), "lent", &Lent { transaction: id, withdrawn }),
            Err((refusal, problem)) => {
                let response = problem.with(|body| body.withdrawn = withdrawn).into_response();
                Ok(Outcome { response, loan: None, word: refusal.code() })
            }
        };
    Ok(once(&database, key, &lend_fingerprint(&loan), attempt, outcome)?.report("lend"))
}

/// The refusal of a loan. For a reached limit, the message has the numbers.
fn refuse_loan(refusal: Refusal, limits: &Limits, snapshot: &LoanSnapshot) -> (Refusal, Problem) {
    let problem = match refusal {
        Refusal::LimitReached => {
            let (taken, limit) = (snapshot.slots_taken.len(), limits.loans);
            conflict(Some(refusal.code()), format!("The patron has {taken} of {limit} books."))
        }
        _ => refused(refusal),
    };
    (refusal, problem)
}

/// The fingerprint that identifies a repeated request. Lending sets the dates from its clock, so they are ignored in a
/// request with limits: it may be repeated after midnight.
fn lend_fingerprint(loan: &NewLoan) -> String {
    let NewLoan { book_id, patron_id, date_out, date_due, limits } = loan;
    match limits {
        Some(_) => format!("lend {book_id} {patron_id}"),
        None => format!("lend {book_id} {patron_id} {date_out} {date_due}"),
    }
}

/// `POST /borrowdb/renew`: 201 with the new due date, or 409 with the refusal.
pub(crate) fn renew(call: &Call<impl Environment>) -> Answer {
    /// The renewal limit and the days of a renewal, if the request has no limits.
    const DEFAULT: (u32, u16) = (2, 14);
    let (key, RenewRequest { renew: renewal }) = (call.idempotency_key()?, call.json()?);
    let Renewal { book_id, patron_id, limits } = renewal;
    let today = call.today();
    let database = call.database()?;
    // Read, decide, write. The UPDATE changes no row if another request renewed the loan in between.
    let attempt = || {
        let Some(open) = store::open_loan(&database, book_id, patron_id)? else {
            return Ok(Err((Refusal::NotBorrowed, None)));
        };
        let blocked = limits.is_some_and(|limits| limits.patron_blocked);
        let (renewals, days) =
            limits.map_or(DEFAULT, |limits| (limits.renewals.get(), limits.days()));
        match decide_renewal(&open, renewals, days, today) {
            _ if blocked => Ok(Err((Refusal::PatronBlocked, Some(open.loan.id)))),
            Ok(date_due) => store::renew(&database, &open, date_due).map(Ok),
            Err(refusal) => Ok(Err((refusal, Some(open.loan.id)))),
        }
    };
    let outcome = |decision: Result<(LoanId, Date), (Refusal, Option<LoanId>)>| match decision {
        Ok((transaction, date_due)) => {
            Outcome::done(Some(transaction), "renewed", &Renewed { transaction, date_due })
        }
        Err((refusal, loan)) => Ok(Outcome::refused(refusal, loan)),
    };
    let fingerprint = format!("renew {book_id} {patron_id}");
    Ok(once(&database, key, &fingerprint, attempt, outcome)?.report("renew"))
}

/// `DELETE /borrowdb`: 201 with the number of closed loans, 1 or 0.
pub(crate) fn return_book(call: &Call<impl Environment>) -> Answer {
    let ReturnRequest { returned: pair } = call.json()?;
    let database = call.database()?;
    pin_session(&database)?;
    let loan = retry_on_conflict(OPEN_LOAN_KEYS, || store::return_book(&database, pair))?;
    let body = Returned { transaction: loan.is_some().into() };
    let word = if loan.is_some() { "returned" } else { Refusal::NotBorrowed.code() };
    Ok(Outcome::done(loan, word, &body)?.report("return"))
}

/// `POST /borrowdb/withdraw`: 201 with the book's number of withdrawn copies, or 409 if every copy is on loan or the
/// number of copies is not the expected one.
pub(crate) fn withdraw(call: &Call<impl Environment>) -> Answer {
    let (key, WithdrawRequest { withdraw: withdrawal }) = (call.idempotency_key()?, call.json()?);
    let today = call.today();
    let database = call.database()?;
    let attempt = || {
        epoch::hold(&database, withdrawal.limits.epoch)?;
        withdrawals::withdraw(&database, &withdrawal, today)
    };
    let outcome = |(decision, withdrawn)| withdrawal_outcome(decision, withdrawn);
    let fingerprint = format!("withdraw {}", withdrawal.book_id);
    let mut outcome = once(&database, key, &fingerprint, attempt, outcome)?;
    if outcome.response.status() == StatusCode::CREATED {
        // Counted after the commit, so that the last of two concurrent withdrawals counts both.
        let withdrawn = withdrawals::count(&database, withdrawal.book_id)?;
        outcome.response = json_with(StatusCode::CREATED, &Withdrawn { withdrawn })?;
    }
    Ok(outcome.report("withdraw"))
}

fn withdrawal_outcome(decision: withdrawals::Decision, withdrawn: u32) -> Result<Outcome, Problem> {
    let problem = match decision {
        withdrawals::Decision::Withdrawn => {
            return Outcome::done(None, "withdrawn", &Withdrawn { withdrawn });
        }
        withdrawals::Decision::NoCopyLeft => refused(Refusal::NoCopyLeft),
        withdrawals::Decision::CopiesChanged => {
            conflict(Some(COPIES_CHANGED), "the book's number of copies has changed; read it again")
        }
    };
    let word = match decision {
        withdrawals::Decision::CopiesChanged => COPIES_CHANGED,
        _ => Refusal::NoCopyLeft.code(),
    };
    let response = problem.with(|body| body.withdrawn = Some(withdrawn)).into_response();
    Ok(Outcome { response, loan: None, word })
}

/// `POST /borrowdb/reset`: closes every open loan; 201 with their number.
pub(crate) fn reset(call: &Call<impl Environment>) -> Answer {
    let ResetRequest { .. } = call.json()?;
    let database = call.database()?;
    pin_session(&database)?;
    let loans = retry_on_conflict(OPEN_LOAN_KEYS, || store::return_all(&database))?;
    Ok(Outcome::counted(StatusCode::CREATED, loans, "reset")?.report("reset"))
}

/// `DELETE /borrowdb/history/{patronId}`: deletes the patron's closed loans; 200 with their number.
pub(crate) fn delete_history(call: &Call<impl Environment>, id: &str) -> Answer {
    let Some(patron) = path_id::<PatronId>(id, "patron")? else {
        return Ok(Outcome::counted(StatusCode::OK, 0, "forgotten")?.report("forget"));
    };
    let database = call.database()?;
    pin_session(&database)?;
    let loans = retry_on_conflict(OPEN_LOAN_KEYS, || store::delete_history(&database, patron))?;
    Ok(Outcome::counted(StatusCode::OK, loans, "forgotten")?.report("forget"))
}
