//! `/healthz`: whether pages can be made, for monitoring.

use contract::Healthy;
use futures::join;
use service_kit::{Problem, json, problem::unavailable};

use crate::{
    context::RequestContext, environment::invalid_variable, handler::PageResult, services::Health,
};

/// `GET /healthz`: 200 if each variable is valid and each service is healthy at the address that this component calls,
/// else 503 that names the variable or the services.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    if let Some(why) = invalid_variable(context.environment.variable) {
        return Ok(unavailable(why, 30).into_response());
    }
    let services = context.services;
    let (catalog, patrons, borrowing, lending) = join!(
        services.catalog.health(),
        services.patrons.health(),
        services.borrowing.health(),
        services.lending.health(),
    );
    let checks = [
        ("catalog", catalog),
        ("patrons", patrons),
        ("borrowing", borrowing),
        ("lending", lending),
    ];
    let ill = checks.iter().filter(|(_, check)| check.health != Health::Healthy);
    let ill: Vec<_> = ill.map(|(name, _)| *name).collect();
    let answer = match &ill[..] {
        [] => json(&Healthy::ok()),
        [name] => Err(unavailable(format!("the {name} service is unavailable"), 5)),
        names => Err(unavailable(format!("the services {} are unavailable", names.join(", ")), 5)),
    };
    Ok(answer.unwrap_or_else(Problem::into_response))
}
