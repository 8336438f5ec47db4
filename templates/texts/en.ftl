# All texts of the pages in English (https://projectfluent.org). Another language is another file like this one.
# Titles and names are values and are escaped; only this file's own text may contain markup.

## Numbers
thousands-separator = ,

## Around every page
library = The Library
library-short = Library
description = Search the library’s catalog, borrow books, and renew and return them online.
feed-title = New books
api = API
skip = Skip to content
menu = Main
menu-catalog = Catalog
menu-my-books = My books
menu-on-loan = on loan
menu-overdue = { $count } overdue
menu-desk = Desk
menu-about = About
log-in = Log in
log-in-again = Log in again
log-out = Log out
search-label = Title or author
search-button = Search
pages = Pages
pages-next = Next page
pages-previous = Previous page
account-unknown = Account unavailable
undo = Undo
error-prefix = Error:
account-unresolved = We can’t look up your account right now, so this page shows you as logged out. Try again in a moment.
ledger-unavailable = Loans can’t be looked up right now, so we can’t say which books are available. Try again in a moment.
catalog-unavailable = The catalog can’t be reached right now, so titles and covers are missing. Try again in a moment.
footer = A demonstration: small WebAssembly services on Spin, books from <a href="https://www.gutenberg.org/">Project Gutenberg</a>.

## Links to other pages
link-retry = Try again
link-catalog = Go to the catalog
link-about = About this library
link-first-page = Go to the first page
link-back = Back
link-other-card = Log in with another card
link-my-books = My books
link-available = See available books
link-desk = Back to the desk
link-desk-book = Manage copies
link-book = View in catalog
link-collection = All books

## Dates
date = { $day } { $month } { $year }
date-short = { $day } { $month }
date-short-with-year = { $day } { $month } { $year }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = June
month-short-7 = July
month-short-8 = Aug
month-short-9 = Sept
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
due-today = due today
due-tomorrow = due tomorrow
due-in-days = due in { $count } days
overdue-for-days = { $count ->
    [one] OVERDUE since yesterday
   *[other] OVERDUE for { $count } days
}

## The catalog
catalog = Catalog
welcome = Welcome to the library
welcome-lede = Find a book, borrow it, and keep track of your due dates.
shelf-new = New books
shelf-available = Available now
shelf-more = More books
titles-heading = Books
titles-range = { NUMBER($first) } to { NUMBER($last) } of { NUMBER($total) }
further-titles = more titles
further-entries = more entries
quoted = “{ $title }”
titles = { $count ->
    [one] One title
   *[other] { NUMBER($count) } titles
}
titles-available = { $count ->
    [0] No titles are available right now
    [one] One title available now
   *[other] { NUMBER($count) } titles available now
}
titles-with = { $count ->
    [0] No titles match “{ $text }”
    [one] One title matches “{ $text }”
   *[other] { NUMBER($count) } titles match “{ $text }”
}
titles-with-available = { $count ->
    [0] No titles that match “{ $text }” are available right now
    [one] One title that matches “{ $text }” is available now
   *[other] { NUMBER($count) } titles that match “{ $text }” are available now
}
many-titles = More than 2,000 titles
many-titles-with = More than 2,000 titles match “{ $text }”
some-titles-available = Titles available now
some-titles-with-available = Available titles that match “{ $text }”
sort = Sort by
sort-title = Title
sort-author = Author
sort-newest = Newest
show-available = Available now
show-available-on = Show available books only: on. Show all books
nothing-found = No titles found. Try another search.
nothing-found-words = No title has all of these words. Try one of them:
nothing-available = None of these titles is available right now.
nothing-available-here = { $count ->
    [one] The one title on this page is not available right now. Other pages may have available titles.
   *[other] None of these { NUMBER($count) } titles is available right now. Other pages may have available ones.
}
show-all-found = { $count ->
    [one] Show the one title found
   *[other] Show all { NUMBER($count) } titles found
}
no-more-titles = There are no more titles.
no-more-entries = There are no more entries.
empty-catalog = There are no books yet. They will appear here as soon as the catalog has some.
book-number = Book no. { $number }
available = { $copies ->
    [one] Available
   *[other] Available, { $available } of { $copies }
}
last-copy = { $available } of { $copies } left
on-loan = On loan
on-loan-until = On loan until { $date }
on-loan-overdue = On loan, was due { $date }
no-copies = No copies
you-have-it = You have it until { $date }
you-have-it-overdue = You have it, { $due }
you-have-it-since-due = You have it, was due { $date }
you-have-it-due = You have it until
you-have-it-was-due = You have it. It was due on
limit-reached = You have { $count } of { $limit } books
return-overdue-first = Return your overdue book first
card-blocked-patron = Your library card is blocked. Ask at the desk.
book-description = “{ $title }” by { $author } in the library’s catalog.
read-at-gutenberg = Read it free at Project Gutenberg
more-by-author = More by this author
borrow = Borrow
return = Return
log-in-to-borrow = Log in to borrow
copies = Copies
copy = Copy { $count }
copy-available = Available
copy-due = On loan until { $date }
copy-overdue = Overdue since { $date }
copy-with-you = You have it until { $date }
copy-with-you-overdue = You have it, overdue since { $date }
copies-unlisted = { $count ->
    [one] And one more copy.
   *[other] And { NUMBER($count) } more copies.
}

## Logging in and out
login-lede = Use the name and number on your library card.
first-name = First name
last-name = Last name
card-number = Library card number
pin = PIN
i-work-here = I work here
pin-hint = Librarians log in with their card and this PIN.
login-needs-name = Enter your first or last name.
login-needs-number = Enter the number on your library card.
login-wrong = These details don’t match. Check them against your card and try again. If you work here, enter your PIN too.
login-blocked = { $count ->
    [one] There were too many failed attempts with this card. Try again in a minute.
   *[other] There were too many failed attempts with this card. Try again in { $count } minutes.
}
login-blocked-address = { $count ->
    [one] There were too many failed attempts from this network. Try again in a minute.
   *[other] There were too many failed attempts from this network. Try again in { $count } minutes.
}
demo-cards = Demo cards
demo-cards-lede = This is a demonstration. Log in with one of these cards.
demo-card-use = Use { $name }’s card
demo-card-needs-pin = Needs the PIN that was printed when the library started.
log-out-title = You are logged in
log-out-lede = On a shared computer, log out before you leave.

## My books
my-books = My books
loans-held = { $count ->
    [one] You have one book.
   *[other] You have { $count } books.
}
loans-held-of = You have { $count } of { $limit } books.
overdue-renewable = { $count ->
    [one] This book is overdue. Return or renew it now.
   *[other] These books are overdue. Return or renew them now.
}
overdue-final = { $count ->
    [one] This book is overdue. Return it now.
   *[other] These books are overdue. Return them now.
}
overdue-some-renewable = These books are overdue. Return them now, or renew those that can be renewed.
renewal-until = Renew until { $date }
no-more-renewals = No more renewals
slip-hint = Print this page for a due-date slip.
no-loans = You have no books right now.
renew = Renew
renew-all = Renew all
renewals = { $count ->
    [one] Renewed once
    [2] Renewed twice
   *[other] Renewed { $count } times
}
calendar = Due dates for your calendar
calendar-file = my-books.ics
calendar-name = Library books
calendar-due = Due back: { $title }
calendar-note = Return or renew this book by the end of the day.
calendar-free-text = Read it free at { $address }
slip = Due-date slip for { $name }, printed on { $date }
history = Borrowing history
history-lede = Your current and past loans. Librarians see your current loans; only you can see your past ones.
history-empty = You have not borrowed anything yet, or you deleted your history.
column-book = Book
column-borrowed = Borrowed
column-returned = Returned
not-yet = Not yet
delete-history = Delete my history
delete-history-question = { $count ->
    [0] You have no past loans to delete.
    [one] Delete one past loan?
   *[other] Delete { NUMBER($count) } past loans?
}
delete-history-question-many = Delete { NUMBER($count) } or more past loans?
delete-history-lede = This permanently deletes all your past loans. Your current loans are kept.
keep-history = Keep it

## The librarian’s desk
desk = Desk
desk-today = Today
desk-loans = Open loans
desk-books = Books
desk-patrons = Patrons
desk-reset = Reset
desk-search-button = Find
desk-search-loans = Name, card or title
desk-search-patrons = Name or card number
statistic-due-today = Due today
statistic-titles = Titles
statistic-copies = Copies
statistic-out = On loan
statistic-overdue = Overdue
more-than = More than { NUMBER($count) }
due-today-heading = Due today
nothing-due-today = Nothing is due today.
more-due-today = More loans are due today. Show all open loans by due date
overdue-heading = Overdue loans
nothing-overdue = Nothing is overdue.
all-overdue = { $count ->
    [one] Show the overdue loan
   *[other] Show all { NUMBER($count) } overdue loans
}
chart-title = Loans per day, last 30 days
chart-alternative = Bar chart: { $total } loans in 30 days, at most { $max } on one day. The list below has every day.
chart-empty = No loans in the last 30 days.
chart-as-list = Show as a list
loans-on = { $date }: { $count ->
    [0] no loans
    [one] one loan
   *[other] { NUMBER($count) } loans
}
loans-open = { $count ->
    [0] No open loans
    [one] One open loan
   *[other] { NUMBER($count) } open loans
}
loans-overdue = { $count ->
    [0] No overdue loans
    [one] One overdue loan
   *[other] { NUMBER($count) } overdue loans
}
many-loans-open = More than 2,000 open loans
many-loans-overdue = More than 2,000 overdue loans
loans-partial = Too many patrons or books match, so this list is incomplete. Try a longer search.
show-overdue = Overdue only
show-overdue-on = Show overdue loans only: on. Show all loans
no-loans-match = No loans match.
patron-number = Patron no. { $number }
collection = Collection
new-book = Add a book
book-title = Title
book-author = Author
book-author-hint = Last name, first name
book-cover = Cover picture
book-cover-hint = A URL that begins with https://www.gutenberg.org/. Leave it empty for a drawn cover.
add-book = Add book
add-book-anyway = Add it anyway
book-duplicate = The catalog already has this title by this author.
book-duplicate-link = Add copies to it instead
edit-duplicate = Another book in the catalog already has this title by this author.
save-anyway = Save anyway
edit-book = Edit
save = Save
book-loans = On loan to
more-book-loans = More copies are on loan. Search the open loans for this title
remove-book = Remove book
remove-hint = Removes this title from the catalog permanently. Its past loans stay in the patrons’ histories.
remove-question = Remove “{ $title }”?
remove-keep = Keep it
withdraw-question = Withdraw a copy of “{ $title }”?
withdraw-keep = Keep the copy
book-needs-title = Enter a title of at most 255 characters.
book-needs-author = Enter an author of at most 255 characters.
book-needs-copies = Enter a number of copies from 1 to 9999.
book-needs-cover = The URL of a cover must begin with https://www.gutenberg.org/. Leave it empty for a drawn cover.
book-rejected = The catalog did not accept this book. Check the fields and try again.
more-copies = Add copies
how-many = Copies to add
add-copies = Add copies
too-many-copies = { $count ->
    [0] There are already { $max } copies, which is the limit.
    [one] The limit is { $max } copies. Enter 1.
   *[other] The limit is { $max } copies. Enter a number from 1 to { $count }.
}
no-more-copies = This title has reached the limit of copies.
no-copy-to-withdraw = No copy is available to withdraw.
fewer-copies = Withdraw a copy
withdraw-hint = Removes one available copy from the collection. A copy on loan must be returned first.
withdraw = Withdraw a copy
cards = Library cards
no-patrons = No patrons match.
new-patron = Add a patron
link-patrons = All patrons
patron-loans-heading = Loans
patron-loans = { $count ->
    [0] No books on loan
    [one] One book on loan
   *[other] { $count } books on loan
}
patron-loans-of = { $count } of { $limit } books on loan
patron-loans-unavailable = Loans can’t be looked up right now. Try again in a moment.
lend-heading = Lend a book
lend = Lend
more-results = More titles match. Search for more words of the title or author.
lend-has-it = Has it already
lend-no-copy = No copy available
lend-blocked = This card is blocked. Unblock it to lend a book.
lend-overdue-first = This patron has an overdue book. Take it back first.
lend-limit-reached = This patron has reached the loan limit. Take back a book first.
edit-patron = Library card
edit-number-hint = A new number logs the patron out and replaces a lost card.
card-blocked = Blocked
block-heading = Block the card
block-hint = A blocked patron can’t borrow or renew, but can return books.
block = Block
unblock-heading = Unblock the card
unblock-hint = This patron can’t borrow or renew until you unblock the card.
unblock = Unblock
new-pin-heading = PIN
new-pin = New PIN
new-pin-hint = 6 to 64 letters, digits or symbols. Setting it ends this librarian’s other sessions.
set-pin = Set PIN
pin-invalid = Enter a PIN of 6 to 64 letters, digits or symbols, without spaces.
card-number-hint = 4 to 64 letters, digits or hyphens.
add-patron = Add patron
role-librarian = Librarian
patron-needs-name = Enter a first name, a last name or both.
patron-name-invalid = Enter a name of at most 100 characters.
patron-needs-number = Enter a card number of 4 to 64 letters, digits or hyphens.
patron-number-taken = This card number is already in use.
patron-rejected = The patrons service did not accept this. Check the fields and try again.
reset-loans = { $count ->
    [0] No books are on loan.
    [one] One book is on loan. It will be returned.
   *[other] { NUMBER($count) } books are on loan. All of them will be returned.
}
reset-loans-unknown = All books on loan will be returned.
return-all = Return all books
reset-keeps = Books, patrons and the loan history are kept.
reset-sessions = Everyone will be logged out, including you.
first-day = Back to the first day
first-day-lede = Books and patrons will be as they were when the library was loaded, and there will be no loans.
first-day-discards = This permanently discards:
first-day-unchanged = Nothing has changed since the first day.
first-day-unavailable = We can’t say right now what this would discard. Try again in a moment.
first-day-interrupted = The last reset did not finish. No books can be lent until you reset again.
first-day-pins = PINs do not change.
first-day-button = Reset to the first day
lost-loans = { $count ->
    [one] one loan, open or returned
   *[other] { NUMBER($count) } loans, open and returned
}
lost-books-added = { $count ->
    [one] one added book
   *[other] { NUMBER($count) } added books
}
lost-books-changed = { $count ->
    [one] the changes to one book or its copies
   *[other] the changes to { NUMBER($count) } books or their copies
}
lost-books-removed = { $count ->
    [one] the removal of one book
   *[other] the removal of { NUMBER($count) } books
}
lost-patrons-added = { $count ->
    [one] one added patron
   *[other] { NUMBER($count) } added patrons
}
lost-patrons-changed = { $count ->
    [one] the changes to one patron’s library card
   *[other] the changes to { NUMBER($count) } patrons’ library cards
}

## Notices
logged-in = Welcome, { $name }.
logged-out = You are logged out.
session-ended = You were logged out. Log in to continue where you left off.
session-ended-unsaved = You were logged out, so your last form was not saved. Log in and send it again.
borrowed = You borrowed “{ $title }”.
borrowed-until = You borrowed “{ $title }”. It is due on { $date }.
returned-since = You returned “{ $title }” after you sent this form. Borrow it again if you still need it.
returned = You returned “{ $title }”.
already-returned = “{ $title }” was already returned.
renewed = You renewed “{ $title }”.
renewed-until = You renewed “{ $title }”. It is due on { $date }.
renewed-overdue = You renewed “{ $title }”, but it was due on { $date }. Return it now.
renewed-all = { $count ->
    [0] You have no books to renew.
    [one] Your book is renewed.
   *[other] All { $count } books are renewed.
}
renewed-all-until = { $count ->
    [one] Your book is renewed. It is due on { $date }.
   *[other] All { $count } books are renewed. The next one is due on { $date }.
}
renewed-some = { $count ->
    [0] No books could be renewed.
    [one] One book is renewed.
   *[other] { $count } books are renewed.
}
renewed-some-refused = { $count ->
    [one] This one can’t be renewed again: { $titles }.
   *[other] These can’t be renewed again: { $titles }.
}
nothing-to-withdraw = No copy of “{ $title }” is available to withdraw.
refused-unknown_patron = You can’t borrow “{ $title }”: your library card is no longer valid. Ask at the desk.
refused-patron_blocked = Your library card is blocked, so you can’t borrow or renew “{ $title }”. Ask at the desk.
refused-unknown_book = This book is no longer in the catalog. Search for another one.
refused-has_overdue = You can’t borrow “{ $title }” yet. Return your overdue book first.
refused-already_borrowed = You already have “{ $title }”. You can renew it on My books.
refused-limit_reached = You have reached your loan limit. Return a book to borrow “{ $title }”.
refused-no_copy_left = All copies of “{ $title }” are on loan. The book’s page shows when the first one is due.
refused-not_borrowed = You no longer have “{ $title }”. Borrow it again if you still need it.
refused-renewal_limit = “{ $title }” has reached the renewal limit. Return it by its due date.
refused-other = The lending rules don’t allow this for “{ $title }”. Ask at the desk.
outcome-unknown = A service failed or did not respond in time, so we don’t know whether this worked. This page shows the current state.
history-forgotten = { $count ->
    [0] You have no past loans.
    [one] One past loan is deleted.
   *[other] { NUMBER($count) } past loans are deleted.
}
desk-lent = { $name } has “{ $title }”.
desk-lent-until = { $name } has “{ $title }”. It is due on { $date }.
desk-renewed = “{ $title }” is renewed for { $name }.
desk-renewed-until = “{ $title }” is renewed for { $name }. It is due on { $date }.
desk-returned = { $name } returned “{ $title }”.
desk-already-returned = { $name } had already returned “{ $title }”.
desk-refused-unknown_patron = “{ $title }” was not lent: this patron no longer exists.
desk-refused-patron_blocked = { $name }’s card is blocked. Unblock it to lend or renew “{ $title }”.
desk-refused-unknown_book = This book is no longer in the catalog.
desk-refused-has_overdue = “{ $title }” was not lent: { $name } has an overdue book. Take it back first.
desk-refused-already_borrowed = { $name } already has “{ $title }”.
desk-refused-limit_reached = “{ $title }” was not lent: { $name } has reached the loan limit. Take back a book first.
desk-refused-no_copy_left = “{ $title }” was not lent: no copy is available.
desk-refused-not_borrowed = { $name } no longer has “{ $title }”.
desk-refused-renewal_limit = “{ $title }” has reached the renewal limit and must be returned by its due date.
desk-refused-other = The lending rules don’t allow this for “{ $title }”.
link-new-book = Show the book
link-new-patron = Show the patron
book-edited = “{ $title }” is saved.
book-changed = Someone else changed “{ $title }”, so nothing was saved. Check it and try again.
book-removed = “{ $title }” is removed from the catalog.
book-has-copies = “{ $title }” still has copies. Withdraw them before you remove it.
patron-edited = { $name }’s card is saved.
patron-changed = Someone else changed { $name }’s card, so nothing was saved. Check it and try again.
patron-blocked = { $name }’s card is blocked.
patron-unblocked = { $name }’s card is unblocked.
pin-set = { $name } has a new PIN.
book-added = “{ $title }” is in the catalog.
copies-added = “{ $title }” has more copies now.
copies-changed = Someone else changed the copies of “{ $title }”, so nothing was done. Check the number and try again.
copy-withdrawn = One copy of “{ $title }” is withdrawn.
patron-added = { $name } has a library card.
all-returned = { $count ->
    [0] No books were on loan. Everyone is logged out.
    [one] One book is returned. Everyone is logged out.
   *[other] { NUMBER($count) } books are returned. Everyone is logged out.
}
first-day-done = The library is reset to its first day. Everyone is logged out.

## The work behind a page
milliseconds = { $whole }.{ $tenth } ms
work-summary = How this page was made: { $calls ->
    [one] 1 call
   *[other] { $calls } calls
}, { $statements ->
    [one] 1 statement
   *[other] { $statements } statements
}, { $time }
work-page = This page: { $calls ->
    [one] 1 call
   *[other] { $calls } calls
} from service to service, { $statements ->
    [one] 1 statement
   *[other] { $statements } statements
} to the database, { $time }
work-before = Your previous click, { $endpoint }: { $calls ->
    [one] 1 call
   *[other] { $calls } calls
} from service to service, { $statements ->
    [one] 1 statement
   *[other] { $statements } statements
} to the database, { $time }
work-calls = { $caller } calls { $service }
work-answered = { $status }, { $time }
work-no-answer = no answer, { $time }
work-together = at the same time as { $services }
work-rows = { $rows ->
    [one] 1 row
   *[other] { $rows } rows
}, { $time }
work-untold = This service does not show its statements.
work-omitted-statements = { $count ->
    [one] 1 more statement is not shown.
   *[other] { $count } more statements are not shown.
}
work-omitted-calls = { $count ->
    [one] 1 more call is not shown.
   *[other] { $count } more calls are not shown.
}
work-streamed = This service was still sending its answer, so later statements are not shown.
work-legend = Time runs from left to right. A pale bar is a service at work; a dark bar inside it is an SQL statement.
work-request-id = Request ID in every log:
work-trace-id = Trace ID:

## The lab, where visitors break services for themselves
lab = Break a service
lab-lede = Choose a service to break, and see how the rest of the library works without it.
lab-hint = This affects only your browser: the services keep working for everyone else, and nothing is stored. A line on every page names the broken services and has a button to repair them.
lab-works = works
lab-slow = answers 3 seconds late
lab-silent = does not answer
lab-error = answers with an error (500)
lab-break = Apply
lab-change = Change
lab-repair = Repair everything
lab-state = { $service } { $state }
lab-broken = Broken in this browser: { $services }.

## Error pages
problem-not-found = Page not found
problem-not-found-text = There is nothing at this address. Check it for typos, or search the catalog.
problem-read-only = This page is read-only
problem-read-only-text = This page doesn’t accept submissions. Nothing changed.
problem-invalid-form = We could not read this form
problem-invalid-form-text = A field is missing or has an unexpected value. Nothing changed. Go back, reload the page and try again.
problem-form-too-large = This form is too large
problem-form-too-large-text = The library accepts forms of up to 64 KiB. Nothing changed. Go back, shorten what you entered and try again.
problem-address-too-long = This search is too long
problem-address-too-long-text = Go back, shorten it and try again.
problem-form-too-slow = This form took too long to arrive
problem-form-too-slow-text = The connection seems to be slow. Nothing changed. Go back and try again.
problem-expired-form = This form has expired
problem-expired-form-text = It belongs to a different or earlier login. Nothing changed. Reload the page and try again.
problem-forbidden = This page is for librarians
problem-forbidden-text = Your library card does not give access to it. Log in with a librarian’s card.
problem-unavailable = The library is temporarily unavailable
problem-unavailable-text = A service that this page needs is not responding. No data is lost. It is usually back within seconds.
problem-outcome-unknown = We don’t know whether this worked
problem-outcome-unknown-text = A service failed or did not respond in time. Check the result before you try again.
problem-internal = Something went wrong
request-id = If you report this, include the request ID:
problem-internal-text = This is our fault, not yours. The cause is in the library’s log.

## About
about = About this library
about-lede = The library is fictional. The software is real: it shows how to build a web application from small services. Each one is a WebAssembly component on <a href="https://spinframework.dev/">Spin</a>; their data is in a MySQL database.
about-services = The services
health-healthy = OK
health-unavailable = Unavailable
health-no-database = Unavailable: can’t use its database
health-waiting = Unavailable: waiting for { $names }
health-unreachable = Can’t be reached
health-unknown = Unknown
health-not-responding = Not responding
about-frontend = Renders these pages, on the server and without JavaScript. It has no database; it asks the other services for everything it shows.
about-catalog = Manages the library’s books and their numbers of copies. <a href="/catdb"><code>/catdb</code></a> lists them all. Only this service can read the catalog’s tables.
about-patrons = Manages patrons, library cards and sessions in its own tables: <code>/patdb</code>.
about-borrowing = Keeps the ledger of loans and never lends the same copy twice: <code>/borrowdb</code>.
about-lending = Lends, renews and returns books by the library’s rules, using the other three: <code>/borrow</code>. It has no database.
about-mysql = Stores everything that must not be lost, in one schema per service, on a disk that outlives them.
about-again = Check again
about-version = version { $version }
about-runtime = in { $runtime ->
    [embedded] the embedded runtime
   *[other] { $runtime }
}
about-replica = replica { $name }
about-uptime-seconds = started { $count } s ago
about-uptime-minutes = started { $count } min ago
about-uptime-hours = started { $count } h ago
map-healthy = OK
map-unavailable = unavailable
map-no-answer = no answer
map-unknown = unknown
about-request = What happens when you open a page
about-request-inside = Spin starts a new instance of the frontend for your request. For the catalog page, the frontend asks the catalog service for the books and the borrowing service for their availability. If you are logged in, it also asks the patrons service who you are. Each service gets its own instance, reads from MySQL and answers in JSON. Then all the instances end. Only the database keeps data, on a disk that outlives every service.
about-request-apart = In one process, these calls never leave memory. The services can also run separately: then each finds the others at configured addresses, and the calls go over the network.
about-books = The books
about-books-text = Titles, authors and covers come from free books at <a href="https://www.gutenberg.org/">Project Gutenberg</a>. A cover that cannot be loaded is drawn from the title and author.
api-lede = Four REST services have the library’s data and rules. Their complete description is <a href="/openapi.yaml">openapi.yaml</a> (OpenAPI 3.1).
