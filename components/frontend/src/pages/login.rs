//! `/login` and `/logout`.

use askama::Template;
use contract::paging::Cursor;
use domain::Patron;
use http::{Response, StatusCode, header::RETRY_AFTER};

use crate::{
    context::RequestContext,
    cookies::Cookie,
    csrf::{csrf_token, random_id},
    failure::Failure,
    fields::{Field, focus_first_error},
    flash::Notice,
    form::Form,
    handler::PageResult,
    html::page,
    layout::Layout,
    services::{AttemptLimit, Credentials, Login},
    texts::Texts,
};

/// The number of cards shown in demo mode.
const DEMO_CARDS: u16 = 12;

#[derive(Template)]
#[template(path = "pages/login.html")]
struct LoginPage<'a> {
    layout: Layout<'a>,
    csrf_token: String,
    fields: LoginFields,
    /// The error of the login as a whole.
    problem: Option<String>,
    /// In demo mode: the cards to log in with.
    demo_cards: Vec<Patron>,
}

/// The fields of the form. All except the PIN keep their values after an error.
#[derive(Default)]
struct LoginFields {
    first_name: Field,
    last_name: Field,
    number: Field,
    /// Whether a PIN was entered, so that its field stays open.
    has_pin: bool,
    /// The page to show after the login; empty for none.
    next: String,
}

impl LoginFields {
    /// Whether a field has an error.
    fn has_error(&self) -> bool {
        [&self.first_name, &self.last_name, &self.number].iter().any(|field| field.error.is_some())
    }

    fn read(context: &RequestContext<'_>, form: &Form) -> Result<Self, Failure> {
        Ok(Self {
            first_name: Field::read(form, "user_first_name")?,
            last_name: Field::read(form, "user_last_name")?,
            number: Field::read(form, "user_lib_id")?,
            has_pin: !form.text("pin")?.is_empty(),
            next: context.own_page_or(form.text("next")?, "").to_owned(),
        })
    }

    /// Sets errors for missing fields, and returns whether there are any. One of the two names is enough.
    fn check(&mut self, texts: &Texts) -> bool {
        if self.first_name.value.is_empty() && self.last_name.value.is_empty() {
            self.first_name.error = Some(texts.text("login-needs-name"));
        }
        if self.number.value.is_empty() {
            self.number.error = Some(texts.text("login-needs-number"));
        }
        focus_first_error([&mut self.first_name, &mut self.last_name, &mut self.number])
    }
}

/// `GET /login`. Shows the logout button to logged-in visitors.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    if context.patron().is_ok() {
        return show_logout(context).await;
    }
    let next = context.own_page_or(context.query().text("next"), "").to_owned();
    let fields = LoginFields { next, ..LoginFields::default() };
    Ok(login_page(context, StatusCode::OK, fields, None).await)
}

/// The form. Its CSRF token belongs to the login cookie, which is set if the browser has none.
async fn login_page(
    context: &RequestContext<'_>,
    status: StatusCode,
    fields: LoginFields,
    problem: Option<String>,
) -> Response<Vec<u8>> {
    let known = context.cookie(Cookie::LoginCsrf);
    let is_new = known.is_none();
    let cookie = known.unwrap_or_else(|| random_id((context.environment.random)()));
    let login = LoginPage {
        layout: Layout::new(context, "/login"),
        csrf_token: csrf_token(&cookie),
        fields,
        problem,
        demo_cards: demo_cards(context).await,
    };
    let mut response = page(status, &login);
    if is_new {
        context.cookies.set(response.headers_mut(), Cookie::LoginCsrf, &cookie);
    }
    response
}

/// The cards for a demo; none outside demo mode.
async fn demo_cards(context: &RequestContext<'_>) -> Vec<Patron> {
    if !context.environment.demo_mode {
        return Vec::new();
    }
    let list = context.services.patrons.patrons("", Cursor::Start, DEMO_CARDS).await;
    list.unwrap_or_default().patrons
}

/// `POST /login`: begins a session and redirects to the page from which the visitor came.
pub(crate) async fn submit(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let mut fields = LoginFields::read(context, form)?;
    let texts = context.texts();
    if fields.check(texts) {
        return Ok(login_page(context, StatusCode::UNPROCESSABLE_ENTITY, fields, None).await);
    }
    let credentials = Credentials {
        first_name: &fields.first_name.value,
        last_name: &fields.last_name.value,
        number: &fields.number.value,
        pin: form.text("pin")?,
    };
    let address = context.client_address();
    match context.services.patrons.log_in(&credentials, address.as_deref()).await? {
        Login::WrongCredentials => {
            fields.number.autofocus = true;
            let problem = Some(texts.text("login-wrong"));
            Ok(login_page(context, StatusCode::UNPROCESSABLE_ENTITY, fields, problem).await)
        }
        Login::Blocked { seconds, limit } => {
            let key = match limit {
                AttemptLimit::Card => "login-blocked",
                AttemptLimit::Address => "login-blocked-address",
            };
            let problem = Some(texts.counted(key, seconds.div_ceil(60)));
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut response = login_page(context, status, fields, problem).await;
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(response)
        }
        Login::Session { token, patron } => {
            if let Ok((_, old_token)) = context.patron() {
                context.services.patrons.log_out(old_token).await?;
            }
            let home = if patron.is_librarian() { "/administrator" } else { "/" };
            let target = if fields.next.is_empty() { home } else { &fields.next };
            let name =
                if patron.first_name.is_empty() { patron.last_name } else { patron.first_name };
            let mut response = context.redirect_with_notice(target, &Notice::LoggedIn { name });
            context.cookies.set(response.headers_mut(), Cookie::Session, &token);
            context.cookies.clear(response.headers_mut(), Cookie::LoginCsrf);
            Ok(response)
        }
    }
}

#[derive(Template)]
#[template(path = "pages/logout.html")]
struct LogoutPage<'a> {
    layout: Layout<'a>,
}

/// `GET /logout`.
pub(crate) async fn show_logout(context: &RequestContext<'_>) -> PageResult {
    let layout = Layout::new_with_loans(context, "/logout").await;
    Ok(page(StatusCode::OK, &LogoutPage { layout }))
}

/// `POST /logout`: ends the session in the database and in the browser.
pub(crate) async fn log_out(context: &RequestContext<'_>) -> PageResult {
    let (_, token) = context.patron()?;
    context.services.patrons.log_out(token).await?;
    let mut response = context.redirect_with_notice("/", &Notice::LoggedOut);
    context.cookies.clear(response.headers_mut(), Cookie::Session);
    Ok(response)
}
