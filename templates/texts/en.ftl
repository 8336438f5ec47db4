# Every text of the pages, in English (https://projectfluent.org). Another language is another file like this one.
# What users write, as titles and names, comes in as a value; markup stands only in this file's own words.

## Around every page
library = The Library
skip = Skip to the content
menu = Main
menu-catalog = Catalog
menu-my-books = My books
menu-overdue = { $count } overdue
menu-desk = Desk
menu-about = About
log-in = Log in
log-out = Log out
search-label = Title or author
search-button = Search
pages = Pages
pages-next = Next page
pages-previous = Previous page
pages-older = Older loans
session-unknown = We cannot look up who you are right now, so this page shows nothing of yours. You are still logged in.
ledger-away = Who has which book cannot be looked up right now. Nothing is lost: try again in a moment.
catalog-away = The catalog cannot be looked up right now, so titles and pictures are missing. Try again in a moment.
colophon = A demonstration: small WebAssembly services on Spin, books from <a href="https://www.gutenberg.org/">Project Gutenberg</a>.

## Where a page leads on to
onward-again = Try again
onward-catalog = Go to the catalog
onward-about = About this library
onward-my-books = My books
onward-available = See what is on the shelf
onward-desk = Back to the desk
onward-desk-book = Change its copies
onward-book = See it in the catalog
onward-collection = All books

## Days
date = { $day } { $month } { $year }
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
due-today = due today
due-tomorrow = due tomorrow
due-in-days = due in { $count } days
overdue-for-days = { $count ->
    [one] OVERDUE since yesterday
   *[other] OVERDUE for { $count } days
}

## The catalogue
catalogue = Catalog
titles = { $count ->
    [one] One title on our shelves
   *[other] { $count } titles on our shelves
}
titles-available = { $count ->
    [0] No title has a copy here right now
    [one] One title with a copy here right now
   *[other] { $count } titles with a copy here right now
}
titles-with = { $count ->
    [0] No title or author with “{ $text }”
    [one] One title with “{ $text }”
   *[other] { $count } titles with “{ $text }”
}
titles-with-available = { $count ->
    [0] Nothing with “{ $text }” is here right now
    [one] One title with “{ $text }” and a copy here right now
   *[other] { $count } titles with “{ $text }” and a copy here right now
}
many-titles = More than 10,000 titles on our shelves
many-titles-with = More than 10,000 titles with “{ $text }”
some-titles-available = Titles with a copy here right now
some-titles-with-available = Titles with “{ $text }” and a copy here right now
sort = Sort by
sort-id = Shelf order
sort-title = Title
sort-author = Author
sort-newest = Newest
show-available = Available now
show-all = Available now only: show all
nothing-found = Nothing here. Another word may find it, or it is on loan.
empty-shelves = The shelves are still empty. Books stand here as soon as the catalog has some.
book-number = Book no. { $count }
available = { $copies ->
    [one] Available
   *[other] Available, { $left } of { $copies }
}
last-copy = Last copy
on-loan = On loan
on-loan-until = On loan until { $date }
no-copies = No copies
you-have-it = You have it, { $due }
borrow = Borrow
return = Return
log-in-to-borrow = Log in to borrow
copies = Copies
copy = Copy { $count }
copy-here = On the shelf
copy-due = On loan until
copies-unlisted = { $count ->
    [one] And one more copy.
   *[other] And { $count } more copies.
}

## Logging in and out
login-lede = With the name and the number on your library card.
first-name = First name
last-name = Last name
card-number = Library card number
pin = PIN
pin-hint = Librarians only. Everyone else leaves it empty.
login-incomplete = Please fill in your first name, your last name and the number of your card.
login-wrong = These details do not belong together. Check them against your card and try again.
login-wait = { $count ->
    [one] There were too many wrong tries. Please try again in a minute.
   *[other] There were too many wrong tries. Please try again in { $count } minutes.
}
log-out-title = You are logged in
log-out-lede = On a computer that others use, log out when you leave.

## My books
my-books = My books
loans-held = { $count ->
    [one] You have one book.
   *[other] You have { $count } books.
}
no-loans = You have no books at the moment.
renew = Renew
renew-all = Renew all
renewals = { $count ->
    [one] Renewed once
    [2] Renewed twice
   *[other] Renewed { $count } times
}
calendar = Due dates for your calendar
calendar-name = Library books
calendar-due = Due back: { $title }
slip = Due-date slip for { $name }, printed on { $date }
history = Borrowing history
history-lede = What you have and what you had. Librarians see what you have; what you had is for you alone.
history-empty = You have not borrowed anything yet, or it has been forgotten.
column-book = Book
column-borrowed = Borrowed
column-returned = Returned
column-patron = Patron
column-role = Role
not-yet = Not yet
forget = Forget my history
forget-hint = Deletes every loan that you have returned, for good. What you have at home stays.

## The librarian's desk
desk = Desk
desk-figures = Figures
desk-loans = Open loans
desk-books = Books
desk-patrons = Patrons
desk-reset = Reset demo
desk-search-button = Find
desk-search-loans = Name, card number or title
desk-search-patrons = First or last name
figure-titles = Titles
figure-copies = Copies
figure-out = On loan
figure-overdue = Overdue
chart-title = Loans per day, last 30 days
chart-alternative = Bar chart: { $total } loans in 30 days, at most { $most } on one day. The list below has every day.
chart-as-list = The same as a list
loans-on = { $date }: { $count ->
    [0] no loans
    [one] one loan
   *[other] { $count } loans
}
loans-open = { $count ->
    [0] No open loans
    [one] One open loan
   *[other] { $count } open loans
}
loans-overdue = { $count ->
    [0] No overdue loans
    [one] One overdue loan
   *[other] { $count } overdue loans
}
many-loans-open = More than 10,000 open loans
many-loans-overdue = More than 10,000 overdue loans
loans-partial = So many patrons or books fit this search that only some of their loans are found. A longer word finds all.
show-overdue = Overdue only
show-all-loans = Overdue only: show all
no-open-loans = No loan is like that.
patron-number = Patron no. { $count }
collection = Collection
new-book = Add a book
book-title = Title
book-author = Author
book-cover = Cover picture
book-cover-hint = An address that begins with https://www.gutenberg.org/, or nothing: then a cover is drawn.
add-book = Add book
book-needs-names = A title and an author are needed, each of at most 255 characters.
book-needs-copies = The number of copies has to be from 1 to 9999.
book-needs-cover = A cover picture has to come from https://www.gutenberg.org/. Leave it empty to have one drawn.
book-not-taken = The catalog did not take this book. Check what you typed and send it again.
more-copies = More copies
how-many = How many more
add-copies = Add copies
fewer-copies = Fewer copies
withdraw-hint = Takes one copy that is on the shelf out of the collection. A copy that is on loan has to come back first.
withdraw = Withdraw a copy
cards = Library cards
nobody-found = Nobody is called that.
new-patron = Add a patron
card-number-hint = 4 to 64 letters, digits or hyphens. Capitals matter.
add-patron = Add patron
role-user = Patron
role-librarian = Librarian
patron-needs-names = A first and a last name are needed, each of at most 100 characters.
patron-needs-number = A card number has 4 to 64 letters, digits or hyphens.
patron-number-taken = Somebody else has this card number.
patron-not-taken = The patrons service did not take this. Check what you typed and send it again.
reset-what = { $count ->
    [0] No book is on loan: there is nothing to return.
    [one] One book is on loan. It will be returned.
   *[other] { $count } books are on loan. All of them will be returned.
}
reset-what-unknown = All books that are on loan will be returned.
reset-who = Everyone will be logged out, you as well. Books, patrons and the history of loans stay.
reset-button = Reset demo

## What happened
logged-in = Welcome, { $name }.
logged-out = You are logged out.
borrowed = You have borrowed “{ $title }”.
returned = “{ $title }” is returned.
returned-before = “{ $title }” had been returned before.
renewed = “{ $title }” is renewed.
renewed-all = { $count ->
    [0] There was nothing to renew.
    [one] Your book is renewed.
   *[other] All { $count } books are renewed.
}
renewed-some = { $renewed ->
    [0] None of your books could be renewed: they have been renewed as often as one may.
   *[other] Renewed: { $renewed }. Renewed as often as one may, and still due as before: { $refused }.
}
refused-unknown_patron = “{ $title }” was not lent: your library card is not known any more.
refused-unknown_book = There is no such book.
refused-has_overdue = “{ $title }” was not lent: please return your overdue book first.
refused-already_borrowed = You have “{ $title }” already.
refused-limit_reached = “{ $title }” was not lent: you have as many books as one may have at a time. Return one first.
refused-no_copy_left = Every copy of “{ $title }” is on loan.
refused-not_borrowed = You do not have “{ $title }” any more.
refused-renewal_limit = “{ $title }” has been renewed as often as one may.
refused-other = The library said no to that for “{ $title }”.
outcome-unknown = A service gave no answer in time, so it may have been done or not. This page shows how things are.
forgotten = { $count ->
    [0] There was nothing to forget.
    [one] One past loan is forgotten.
   *[other] { $count } past loans are forgotten.
}
book-added = “{ $title }” is in the catalog.
copies-added = “{ $title }” has more copies now.
copies-changed = Somebody else changed the copies of “{ $title }” meanwhile, so none were added. Have a look and try again.
copy-withdrawn = A copy of “{ $title }” is withdrawn.
patron-added = { $name } has a library card.
demo-reset = { $count ->
    [0] The demo is reset. No book was on loan; everyone is logged out.
    [one] The demo is reset: one book was returned, and everyone is logged out.
   *[other] The demo is reset: { $count } books were returned, and everyone is logged out.
}

## When something is not as it should be
problem-not-found = This page is not on our shelves
problem-not-found-text = There is nothing at this address. It may be mistyped, or the page has moved.
problem-method-not-allowed = This page can only be read
problem-method-not-allowed-text = Something was sent to it, and nothing was done with that.
problem-bad-form = We could not read this form
problem-bad-form-text = Something in it is missing or is not what the page sends. Nothing was changed. Go back, load the page again and try once more.
problem-forged = This form is not yours, or too old
problem-forged-text = It was made for another login, or before you logged in here. Nothing was changed. Load the page again and try once more.
problem-forbidden = This page is for librarians
problem-forbidden-text = Your library card does not open this door.
problem-away = The library is closed for a moment
problem-away-text = A service that this page needs does not answer. Nothing is lost: it usually takes a few seconds until it is back.
problem-outcome = Nobody knows whether that worked
problem-outcome-text = A service gave no answer in time, so what you sent may have been done or not. Have a look before you send it again.
problem-fault = Something broke on our side
problem-fault-text = It is not your doing. The cause has been written down for those who look after the library.

## About
about = About this library
about-lede = The library is made up. What it runs on is not: it shows how a web application is put together from small services, each a WebAssembly component on <a href="https://spinframework.dev/">Spin</a>, with their data in a MySQL database.
about-services = Which service does what
is-well = Well
is-away = Does not answer
about-frontend = Makes the pages you are reading, on the server and without JavaScript. It has no database: what it shows it asks of the other services.
about-catalog = Knows which books the library owns and how many copies of each, and answers over REST: <a href="/catdb"><code>/catdb</code></a> lists them all. It alone may read the catalog’s tables.
about-patrons = Knows the people, their library cards and who is logged in, in tables of its own: <code>/patdb</code>.
about-borrowing = Keeps the ledger of loans, and never has one copy out twice: <code>/borrowdb</code>.
about-lending = Lends, renews and takes back by the library’s rules, with the help of the other three: <code>/borrow</code>. It has no database.
about-request = What happens when you open a page
about-request-inside = Spin starts a fresh instance of the frontend, just for your request. For the catalog page the frontend asks the catalog service for the books and the borrowing service for where they are, and, if you are logged in, the patrons service for who you are. Each gets an instance of its own, reads from MySQL and answers in JSON. Then all of them are gone. Nothing is remembered but what the database holds, and that lies on a disk that outlives every one of the services.
about-request-apart = In one process these calls never leave memory. The services can run apart as well: each finds the others at addresses that are told it, and the calls go over the network.
about-books = The books
about-books-text = Titles, authors and cover pictures are those of free books at <a href="https://www.gutenberg.org/">Project Gutenberg</a>. A cover that cannot be fetched is drawn from the book’s title and author.
