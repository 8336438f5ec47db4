# All texts of the pages in German, with the keys and values of en.ftl. Readers are addressed as `Sie`.

## Numbers
thousands-separator = .

## Around every page
library = Die Bibliothek
library-short = Bibliothek
description = Durchsuchen Sie den Katalog der Bibliothek, leihen Sie Bücher aus, verlängern Sie sie und geben Sie sie online zurück.
feed-title = Neue Bücher
api = API
skip = Zum Inhalt springen
menu = Hauptmenü
menu-catalog = Katalog
menu-my-books = Meine Bücher
menu-on-loan = ausgeliehen
menu-overdue = { $count } überfällig
menu-desk = Theke
menu-about = Über uns
log-in = Anmelden
log-in-again = Wieder anmelden
log-out = Abmelden
search-label = Titel oder Autor/in
search-button = Suchen
pages = Seiten
pages-next = Nächste Seite
pages-previous = Vorige Seite
account-unknown = Konto nicht verfügbar
undo = Rückgängig machen
error-prefix = Fehler:
account-unresolved = Ihr Konto lässt sich gerade nicht abrufen, deshalb sieht diese Seite aus wie für alle. Versuchen Sie es gleich noch einmal.
ledger-unavailable = Die Ausleihen lassen sich gerade nicht abrufen. Deshalb können wir nicht sagen, welche Bücher verfügbar sind. Versuchen Sie es gleich noch einmal.
catalog-unavailable = Der Katalog ist gerade nicht erreichbar. Deshalb fehlen Titel und Umschläge. Versuchen Sie es gleich noch einmal.
footer = Eine Demonstration: kleine WebAssembly-Dienste auf Spin, Bücher von <a href="https://www.gutenberg.org/">Project Gutenberg</a>.

## Links to other pages
link-retry = Noch einmal versuchen
link-catalog = Zum Katalog
link-about = Über diese Bibliothek
link-first-page = Zur ersten Seite
link-back = Zurück
link-other-card = Mit einem anderen Ausweis anmelden
link-my-books = Meine Bücher
link-available = Verfügbare Bücher ansehen
link-desk = Zurück zur Theke
link-desk-book = Exemplare verwalten
link-book = Im Katalog ansehen
link-collection = Alle Bücher

## Dates
date = { $day }. { $month } { $year }
date-short = { $day }. { $month }
date-short-with-year = { $day }. { $month } { $year }
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
month-short-1 = Jan.
month-short-2 = Febr.
month-short-3 = März
month-short-4 = Apr.
month-short-5 = Mai
month-short-6 = Juni
month-short-7 = Juli
month-short-8 = Aug.
month-short-9 = Sept.
month-short-10 = Okt.
month-short-11 = Nov.
month-short-12 = Dez.
due-today = heute fällig
due-tomorrow = morgen fällig
due-in-days = fällig in { $count } Tagen
overdue-for-days = { $count ->
    [one] ÜBERFÄLLIG seit gestern
   *[other] ÜBERFÄLLIG seit { $count } Tagen
}

## The catalog
catalog = Katalog
welcome = Willkommen in der Bibliothek
welcome-lede = Finden Sie ein Buch, leihen Sie es aus, und behalten Sie die Leihfristen im Blick.
shelf-new = Neue Bücher
shelf-available = Jetzt verfügbar
shelf-more = Weitere Bücher
titles-heading = Bücher
titles-range = { NUMBER($first) } bis { NUMBER($last) } von { NUMBER($total) }
further-titles = weitere Titel
further-entries = weitere Einträge
quoted = „{ $title }“
titles = { $count ->
    [one] Ein Titel
   *[other] { NUMBER($count) } Titel
}
titles-available = { $count ->
    [0] Zurzeit ist kein Titel verfügbar
    [one] Ein Titel ist jetzt verfügbar
   *[other] { NUMBER($count) } Titel sind jetzt verfügbar
}
titles-with = { $count ->
    [0] Kein Titel passt zu „{ $text }“
    [one] Ein Titel passt zu „{ $text }“
   *[other] { NUMBER($count) } Titel passen zu „{ $text }“
}
titles-with-available = { $count ->
    [0] Kein Titel, der zu „{ $text }“ passt, ist zurzeit verfügbar
    [one] Ein Titel, der zu „{ $text }“ passt, ist jetzt verfügbar
   *[other] { NUMBER($count) } Titel, die zu „{ $text }“ passen, sind jetzt verfügbar
}
many-titles = Mehr als 2.000 Titel
many-titles-with = Mehr als 2.000 Titel passen zu „{ $text }“
some-titles-available = Jetzt verfügbare Titel
some-titles-with-available = Verfügbare Titel, die zu „{ $text }“ passen
sort = Sortieren nach
sort-title = Titel
sort-author = Autor/in
sort-newest = Neueste
show-available = Jetzt verfügbar
show-available-on = Nur verfügbare Bücher: eingeschaltet. Alle Bücher zeigen
nothing-found = Keine Titel gefunden. Versuchen Sie es mit einer anderen Suche.
nothing-found-words = Kein Titel enthält alle diese Wörter. Versuchen Sie es mit einem davon:
nothing-available = Von diesen Titeln ist zurzeit keiner verfügbar.
nothing-available-here = { $count ->
    [one] Der eine Titel auf dieser Seite ist zurzeit nicht verfügbar. Andere Seiten können verfügbare Titel haben.
   *[other] Von diesen { NUMBER($count) } Titeln ist zurzeit keiner verfügbar. Andere Seiten können verfügbare haben.
}
show-all-found = { $count ->
    [one] Den einen gefundenen Titel zeigen
   *[other] Alle { NUMBER($count) } gefundenen Titel zeigen
}
no-more-titles = Es gibt keine weiteren Titel.
no-more-entries = Es gibt keine weiteren Einträge.
empty-catalog = Noch gibt es keine Bücher. Sie erscheinen hier, sobald der Katalog welche hat.
book-number = Buch Nr. { $number }
available = { $copies ->
    [one] Verfügbar
   *[other] Verfügbar, { $available } von { $copies }
}
last-copy = Noch { $available } von { $copies }
on-loan = Ausgeliehen
on-loan-until = Ausgeliehen bis zum { $date }
on-loan-overdue = Ausgeliehen, war fällig am { $date }
no-copies = Keine Exemplare
you-have-it = Sie haben es bis zum { $date }
you-have-it-overdue = Sie haben es, { $due }
you-have-it-since-due = Sie haben es, war fällig am { $date }
you-have-it-due = Sie haben dieses Buch bis
you-have-it-was-due = Sie haben dieses Buch. Die Leihfrist endete am
limit-reached = Sie haben { $count } von { $limit } Büchern
return-overdue-first = Geben Sie zuerst Ihr überfälliges Buch zurück
card-blocked-patron = Ihr Bibliotheksausweis ist gesperrt. Fragen Sie an der Theke.
book-description = „{ $title }“ von { $author } im Katalog der Bibliothek.
read-at-gutenberg = Kostenlos bei Project Gutenberg lesen
more-by-author = Mehr von dieser Autorin oder diesem Autor
borrow = Ausleihen
return = Zurückgeben
log-in-to-borrow = Zum Ausleihen anmelden
copies = Exemplare
copy = Exemplar { $count }
copy-available = Verfügbar
copy-due = Ausgeliehen bis zum { $date }
copy-overdue = Überfällig seit { $date }
copy-with-you = Sie haben es bis zum { $date }
copy-with-you-overdue = Sie haben es, überfällig seit { $date }
copies-unlisted = { $count ->
    [one] Und ein weiteres Exemplar.
   *[other] Und { NUMBER($count) } weitere Exemplare.
}

## Logging in and out
login-lede = Geben Sie Namen und Nummer von Ihrem Bibliotheksausweis ein.
first-name = Vorname
last-name = Nachname
card-number = Ausweisnummer
pin = PIN
i-work-here = Ich arbeite hier
pin-hint = Bibliothekspersonal meldet sich mit Ausweis und dieser PIN an.
login-needs-name = Geben Sie Ihren Vor- oder Nachnamen ein.
login-needs-number = Geben Sie die Nummer Ihres Bibliotheksausweises ein.
login-wrong = Diese Angaben passen nicht zusammen. Vergleichen Sie sie mit Ihrem Ausweis, und versuchen Sie es noch einmal. Wenn Sie hier arbeiten, geben Sie auch Ihre PIN ein.
login-blocked = { $count ->
    [one] Mit diesem Ausweis gab es zu viele Fehlversuche. Versuchen Sie es in einer Minute noch einmal.
   *[other] Mit diesem Ausweis gab es zu viele Fehlversuche. Versuchen Sie es in { $count } Minuten noch einmal.
}
login-blocked-address = { $count ->
    [one] Aus diesem Netzwerk gab es zu viele Fehlversuche. Versuchen Sie es in einer Minute noch einmal.
   *[other] Aus diesem Netzwerk gab es zu viele Fehlversuche. Versuchen Sie es in { $count } Minuten noch einmal.
}
demo-cards = Demo-Ausweise
demo-cards-lede = Dies ist eine Demonstration. Melden Sie sich mit einem dieser Ausweise an.
demo-card-use = Ausweis von { $name } verwenden
demo-card-needs-pin = Braucht die PIN, die beim Start der Bibliothek angezeigt wurde.
log-out-title = Sie sind angemeldet
log-out-lede = Melden Sie sich an einem gemeinsam genutzten Computer ab, bevor Sie gehen.

## My books
my-books = Meine Bücher
loans-held = { $count ->
    [one] Sie haben ein Buch.
   *[other] Sie haben { $count } Bücher.
}
loans-held-of = Sie haben { $count } von { $limit } Büchern.
overdue-renewable = { $count ->
    [one] Dieses Buch ist überfällig. Geben Sie es jetzt zurück, oder verlängern Sie es.
   *[other] Diese Bücher sind überfällig. Geben Sie sie jetzt zurück, oder verlängern Sie sie.
}
overdue-final = { $count ->
    [one] Dieses Buch ist überfällig. Geben Sie es jetzt zurück.
   *[other] Diese Bücher sind überfällig. Geben Sie sie jetzt zurück.
}
overdue-some-renewable = Diese Bücher sind überfällig. Geben Sie sie jetzt zurück, oder verlängern Sie die, bei denen das möglich ist.
renewal-until = Verlängern bis zum { $date }
no-more-renewals = Keine Verlängerung mehr möglich
slip-hint = Drucken Sie diese Seite als Fristzettel.
no-loans = Sie haben zurzeit keine Bücher.
renew = Verlängern
renew-all = Alle verlängern
renewals = { $count ->
    [one] Einmal verlängert
    [2] Zweimal verlängert
   *[other] { $count }-mal verlängert
}
calendar = Leihfristen für Ihren Kalender
calendar-file = meine-buecher.ics
calendar-name = Bibliotheksbücher
calendar-due = Rückgabe: { $title }
calendar-note = Geben Sie dieses Buch bis zum Ende des Tages zurück, oder verlängern Sie es.
calendar-free-text = Den Text gibt es kostenlos unter { $address }
slip = Fristzettel für { $name }, gedruckt am { $date }
history = Ausleihverlauf
history-lede = Ihre jetzigen und früheren Ausleihen. Das Bibliothekspersonal sieht Ihre jetzigen Ausleihen; Ihre früheren sehen nur Sie.
history-empty = Sie haben noch nichts ausgeliehen, oder Sie haben Ihren Verlauf gelöscht.
column-book = Buch
column-borrowed = Ausgeliehen
column-returned = Zurückgegeben
not-yet = Noch nicht
delete-history = Meinen Verlauf löschen
delete-history-question = { $count ->
    [0] Sie haben keine früheren Ausleihen, die sich löschen lassen.
    [one] Eine frühere Ausleihe löschen?
   *[other] { NUMBER($count) } frühere Ausleihen löschen?
}
delete-history-question-many = { NUMBER($count) } oder mehr frühere Ausleihen löschen?
delete-history-lede = Alle Ihre früheren Ausleihen werden endgültig gelöscht. Ihre jetzigen Ausleihen bleiben.
keep-history = Behalten

## The librarian’s desk
desk = Theke
desk-today = Heute
desk-loans = Offene Ausleihen
desk-books = Bücher
desk-patrons = Leserkonten
desk-reset = Zurücksetzen
desk-search-button = Finden
desk-search-loans = Name, Ausweis oder Titel
desk-search-patrons = Name oder Ausweisnummer
statistic-due-today = Heute fällig
statistic-titles = Titel
statistic-copies = Exemplare
statistic-out = Ausgeliehen
statistic-overdue = Überfällig
more-than = Mehr als { NUMBER($count) }
due-today-heading = Heute fällig
nothing-due-today = Heute ist nichts fällig.
more-due-today = Heute sind weitere Ausleihen fällig. Alle offenen Ausleihen nach Fälligkeit zeigen
overdue-heading = Überfällige Ausleihen
nothing-overdue = Nichts ist überfällig.
all-overdue = { $count ->
    [one] Die überfällige Ausleihe zeigen
   *[other] Alle { NUMBER($count) } überfälligen Ausleihen zeigen
}
chart-title = Ausleihen pro Tag, letzte 30 Tage
chart-alternative = Balkendiagramm: { $total } Ausleihen in 30 Tagen, höchstens { $max } an einem Tag. Die Liste darunter nennt jeden Tag.
chart-empty = Keine Ausleihen in den letzten 30 Tagen.
chart-as-list = Als Liste zeigen
loans-on = { $date }: { $count ->
    [0] keine Ausleihen
    [one] eine Ausleihe
   *[other] { NUMBER($count) } Ausleihen
}
loans-open = { $count ->
    [0] Keine offenen Ausleihen
    [one] Eine offene Ausleihe
   *[other] { NUMBER($count) } offene Ausleihen
}
loans-overdue = { $count ->
    [0] Keine überfälligen Ausleihen
    [one] Eine überfällige Ausleihe
   *[other] { NUMBER($count) } überfällige Ausleihen
}
many-loans-open = Mehr als 2.000 offene Ausleihen
many-loans-overdue = Mehr als 2.000 überfällige Ausleihen
loans-partial = Zu viele Leserkonten oder Bücher passen, deshalb ist diese Liste unvollständig. Suchen Sie mit mehr Wörtern.
show-overdue = Nur überfällige
show-overdue-on = Nur überfällige Ausleihen: eingeschaltet. Alle Ausleihen zeigen
no-loans-match = Keine Ausleihen gefunden.
patron-number = Leserkonto Nr. { $number }
collection = Bestand
new-book = Buch hinzufügen
book-title = Titel
book-author = Autor/in
book-author-hint = Nachname, Vorname
book-cover = Umschlagbild
book-cover-hint = Eine Adresse, die mit https://www.gutenberg.org/ beginnt. Leer lassen für einen gezeichneten Umschlag.
add-book = Buch hinzufügen
add-book-anyway = Trotzdem hinzufügen
book-duplicate = Der Katalog hat diesen Titel von dieser Autorin oder diesem Autor schon.
book-duplicate-link = Dort Exemplare hinzufügen
edit-duplicate = Ein anderes Buch im Katalog hat schon diesen Titel von dieser Autorin oder diesem Autor.
save-anyway = Trotzdem speichern
edit-book = Bearbeiten
save = Speichern
book-loans = Ausgeliehen an
more-book-loans = Weitere Exemplare sind ausgeliehen. Offene Ausleihen nach diesem Titel durchsuchen
remove-book = Buch entfernen
remove-hint = Entfernt diesen Titel endgültig aus dem Katalog. Frühere Ausleihen bleiben in den Verläufen der Leserkonten.
remove-question = „{ $title }“ entfernen?
remove-keep = Behalten
withdraw-question = Ein Exemplar von „{ $title }“ aussondern?
withdraw-keep = Exemplar behalten
book-needs-title = Geben Sie einen Titel mit höchstens 255 Zeichen ein.
book-needs-author = Geben Sie eine Autorin oder einen Autor mit höchstens 255 Zeichen ein.
book-needs-copies = Geben Sie eine Anzahl von 1 bis 9999 Exemplaren ein.
book-needs-cover = Die Adresse eines Umschlagbilds muss mit https://www.gutenberg.org/ beginnen. Leer lassen für einen gezeichneten Umschlag.
book-rejected = Der Katalog hat dieses Buch nicht angenommen. Prüfen Sie die Felder, und versuchen Sie es noch einmal.
more-copies = Exemplare hinzufügen
how-many = Anzahl weiterer Exemplare
add-copies = Exemplare hinzufügen
too-many-copies = { $count ->
    [0] Es gibt schon { $max } Exemplare, mehr sind nicht möglich.
    [one] Höchstens { $max } Exemplare sind möglich. Geben Sie 1 ein.
   *[other] Höchstens { $max } Exemplare sind möglich. Geben Sie eine Zahl von 1 bis { $count } ein.
}
no-more-copies = Dieser Titel hat die Höchstzahl von Exemplaren erreicht.
no-copy-to-withdraw = Kein Exemplar ist verfügbar, das ausgesondert werden kann.
fewer-copies = Exemplar aussondern
withdraw-hint = Nimmt ein verfügbares Exemplar aus dem Bestand. Ein ausgeliehenes Exemplar muss zuerst zurückgegeben werden.
withdraw = Exemplar aussondern
cards = Bibliotheksausweise
no-patrons = Keine Leserkonten gefunden.
new-patron = Leserkonto hinzufügen
link-patrons = Alle Leserkonten
patron-loans-heading = Ausleihen
patron-loans = { $count ->
    [0] Keine Bücher ausgeliehen
    [one] Ein Buch ausgeliehen
   *[other] { $count } Bücher ausgeliehen
}
patron-loans-of = { $count } von { $limit } Büchern ausgeliehen
patron-loans-unavailable = Die Ausleihen lassen sich gerade nicht abrufen. Versuchen Sie es gleich noch einmal.
lend-heading = Buch verleihen
lend = Verleihen
more-results = Weitere Titel passen. Suchen Sie mit mehr Wörtern aus Titel oder Autor/in.
lend-has-it = Schon ausgeliehen
lend-no-copy = Kein Exemplar verfügbar
lend-blocked = Dieser Ausweis ist gesperrt. Heben Sie die Sperre auf, um ein Buch zu verleihen.
lend-overdue-first = Auf diesem Konto ist ein Buch überfällig. Nehmen Sie es zuerst zurück.
lend-limit-reached = Dieses Konto hat die Höchstzahl von Ausleihen erreicht. Nehmen Sie zuerst ein Buch zurück.
edit-patron = Bibliotheksausweis
edit-number-hint = Eine neue Nummer ersetzt einen verlorenen Ausweis und meldet das Konto überall ab.
card-blocked = Gesperrt
block-heading = Ausweis sperren
block-hint = Mit einem gesperrten Ausweis kann man nichts ausleihen oder verlängern, aber Bücher zurückgeben.
block = Sperren
unblock-heading = Sperre des Ausweises aufheben
unblock-hint = Auf diesem Konto ist kein Ausleihen oder Verlängern möglich, bis Sie die Sperre aufheben.
unblock = Sperre aufheben
new-pin-heading = PIN
new-pin = Neue PIN
new-pin-hint = 6 bis 64 Buchstaben, Ziffern oder Zeichen. Beendet die anderen Sitzungen dieses Kontos.
set-pin = PIN festlegen
pin-invalid = Geben Sie eine PIN mit 6 bis 64 Buchstaben, Ziffern oder Zeichen ohne Leerzeichen ein.
card-number-hint = 4 bis 64 Buchstaben, Ziffern oder Bindestriche.
add-patron = Leserkonto hinzufügen
role-librarian = Bibliothekspersonal
patron-needs-name = Geben Sie einen Vornamen, einen Nachnamen oder beides ein.
patron-name-invalid = Geben Sie einen Namen mit höchstens 100 Zeichen ein.
patron-needs-number = Geben Sie eine Ausweisnummer mit 4 bis 64 Buchstaben, Ziffern oder Bindestrichen ein.
patron-number-taken = Diese Ausweisnummer ist schon vergeben.
patron-rejected = Der Dienst für die Leserkonten hat das nicht angenommen. Prüfen Sie die Felder, und versuchen Sie es noch einmal.
reset-loans = { $count ->
    [0] Zurzeit ist kein Buch ausgeliehen.
    [one] Ein Buch ist ausgeliehen. Es wird zurückgegeben.
   *[other] { NUMBER($count) } Bücher sind ausgeliehen. Alle werden zurückgegeben.
}
reset-loans-unknown = Alle ausgeliehenen Bücher werden zurückgegeben.
return-all = Alle Bücher zurückgeben
reset-keeps = Bücher, Leserkonten und der Ausleihverlauf bleiben.
reset-sessions = Alle werden abgemeldet, auch Sie.
first-day = Zurück zum ersten Tag
first-day-lede = Bücher und Leserkonten werden so, wie sie beim Laden der Bibliothek waren, und es gibt keine Ausleihen.
first-day-discards = Dabei geht endgültig verloren:
first-day-unchanged = Seit dem ersten Tag hat sich nichts geändert.
first-day-unavailable = Was dabei verloren ginge, lässt sich gerade nicht sagen. Versuchen Sie es gleich noch einmal.
first-day-interrupted = Das letzte Zurücksetzen wurde nicht fertig. Bis Sie noch einmal zurücksetzen, lässt sich kein Buch verleihen.
first-day-pins = PINs bleiben.
first-day-button = Auf den ersten Tag zurücksetzen
lost-loans = { $count ->
    [one] eine Ausleihe, offen oder zurückgegeben
   *[other] { NUMBER($count) } Ausleihen, offene und zurückgegebene
}
lost-books-added = { $count ->
    [one] ein neues Buch
   *[other] { NUMBER($count) } neue Bücher
}
lost-books-changed = { $count ->
    [one] die Änderungen an einem Buch oder seinen Exemplaren
   *[other] die Änderungen an { NUMBER($count) } Büchern oder ihren Exemplaren
}
lost-books-removed = { $count ->
    [one] das Entfernen eines Buchs
   *[other] das Entfernen von { NUMBER($count) } Büchern
}
lost-patrons-added = { $count ->
    [one] ein neues Leserkonto
   *[other] { NUMBER($count) } neue Leserkonten
}
lost-patrons-changed = { $count ->
    [one] die Änderungen an einem Bibliotheksausweis
   *[other] die Änderungen an { NUMBER($count) } Bibliotheksausweisen
}

## Notices
logged-in = Willkommen, { $name }.
logged-out = Sie sind abgemeldet.
session-ended = Sie wurden abgemeldet. Melden Sie sich an, um dort weiterzumachen, wo Sie waren.
session-ended-unsaved = Sie wurden abgemeldet, deshalb wurde Ihr letztes Formular nicht gespeichert. Melden Sie sich an, und senden Sie es noch einmal.
borrowed = Sie haben „{ $title }“ ausgeliehen.
borrowed-until = Sie haben „{ $title }“ ausgeliehen. Die Leihfrist endet am { $date }.
returned-since = Sie haben „{ $title }“ zurückgegeben, nachdem Sie dieses Formular gesendet hatten. Leihen Sie es noch einmal aus, wenn Sie es noch brauchen.
returned = Sie haben „{ $title }“ zurückgegeben.
already-returned = „{ $title }“ war schon zurückgegeben.
renewed = Sie haben „{ $title }“ verlängert.
renewed-until = Sie haben „{ $title }“ verlängert. Die Leihfrist endet am { $date }.
renewed-overdue = Sie haben „{ $title }“ verlängert, aber das Buch war schon am { $date } fällig. Geben Sie es jetzt zurück.
renewed-all = { $count ->
    [0] Sie haben keine Bücher zum Verlängern.
    [one] Ihr Buch ist verlängert.
   *[other] Alle { $count } Bücher sind verlängert.
}
renewed-all-until = { $count ->
    [one] Ihr Buch ist verlängert. Die Leihfrist endet am { $date }.
   *[other] Alle { $count } Bücher sind verlängert. Das nächste ist am { $date } fällig.
}
renewed-some = { $count ->
    [0] Kein Buch konnte verlängert werden.
    [one] Ein Buch ist verlängert.
   *[other] { $count } Bücher sind verlängert.
}
renewed-some-refused = { $count ->
    [one] Dieses kann nicht noch einmal verlängert werden: { $titles }.
   *[other] Diese können nicht noch einmal verlängert werden: { $titles }.
}
nothing-to-withdraw = Kein Exemplar von „{ $title }“ ist verfügbar, das ausgesondert werden kann.
refused-unknown_patron = Sie können „{ $title }“ nicht ausleihen: Ihr Bibliotheksausweis ist nicht mehr gültig. Fragen Sie an der Theke.
refused-patron_blocked = Sie können „{ $title }“ nicht ausleihen oder verlängern: Ihr Bibliotheksausweis ist gesperrt. Fragen Sie an der Theke.
refused-unknown_book = Dieses Buch ist nicht mehr im Katalog. Suchen Sie ein anderes.
refused-has_overdue = Sie können „{ $title }“ noch nicht ausleihen. Geben Sie zuerst Ihr überfälliges Buch zurück.
refused-already_borrowed = Sie haben „{ $title }“ schon. Unter „Meine Bücher“ können Sie es verlängern.
refused-limit_reached = Sie haben die Höchstzahl von Ausleihen erreicht. Geben Sie ein Buch zurück, um „{ $title }“ auszuleihen.
refused-no_copy_left = Alle Exemplare von „{ $title }“ sind ausgeliehen. Auf der Seite des Buchs steht, wann das erste zurückkommt.
refused-not_borrowed = Sie haben „{ $title }“ nicht mehr. Leihen Sie es noch einmal aus, wenn Sie es noch brauchen.
refused-renewal_limit = „{ $title }“ kann nicht noch einmal verlängert werden. Geben Sie es bis zum Ende der Leihfrist zurück.
refused-other = Die Ausleihregeln erlauben das für „{ $title }“ nicht. Fragen Sie an der Theke.
outcome-unknown = Ein Dienst hat einen Fehler gemeldet oder nicht rechtzeitig geantwortet. Deshalb wissen wir nicht, ob es geklappt hat. Diese Seite zeigt den jetzigen Stand.
history-forgotten = { $count ->
    [0] Sie haben keine früheren Ausleihen.
    [one] Eine frühere Ausleihe ist gelöscht.
   *[other] { NUMBER($count) } frühere Ausleihen sind gelöscht.
}
desk-lent = { $name } hat „{ $title }“.
desk-lent-until = { $name } hat „{ $title }“. Die Leihfrist endet am { $date }.
desk-renewed = „{ $title }“ ist für { $name } verlängert.
desk-renewed-until = „{ $title }“ ist für { $name } verlängert. Die Leihfrist endet am { $date }.
desk-returned = { $name } hat „{ $title }“ zurückgegeben.
desk-already-returned = { $name } hatte „{ $title }“ schon zurückgegeben.
desk-refused-unknown_patron = „{ $title }“ wurde nicht verliehen: Dieses Leserkonto gibt es nicht mehr.
desk-refused-patron_blocked = Der Ausweis von { $name } ist gesperrt. Heben Sie die Sperre auf, um „{ $title }“ zu verleihen oder zu verlängern.
desk-refused-unknown_book = Dieses Buch ist nicht mehr im Katalog.
desk-refused-has_overdue = „{ $title }“ wurde nicht verliehen: { $name } hat ein überfälliges Buch. Nehmen Sie es zuerst zurück.
desk-refused-already_borrowed = { $name } hat „{ $title }“ schon.
desk-refused-limit_reached = „{ $title }“ wurde nicht verliehen: { $name } hat die Höchstzahl von Ausleihen erreicht. Nehmen Sie zuerst ein Buch zurück.
desk-refused-no_copy_left = „{ $title }“ wurde nicht verliehen: Kein Exemplar ist verfügbar.
desk-refused-not_borrowed = { $name } hat „{ $title }“ nicht mehr.
desk-refused-renewal_limit = „{ $title }“ kann nicht noch einmal verlängert werden und muss bis zum Ende der Leihfrist zurückgegeben werden.
desk-refused-other = Die Ausleihregeln erlauben das für „{ $title }“ nicht.
link-new-book = Buch zeigen
link-new-patron = Leserkonto zeigen
book-edited = „{ $title }“ ist gespeichert.
book-changed = Jemand anders hat „{ $title }“ geändert, deshalb wurde nichts gespeichert. Prüfen Sie die Angaben, und versuchen Sie es noch einmal.
book-removed = „{ $title }“ ist aus dem Katalog entfernt.
book-has-copies = „{ $title }“ hat noch Exemplare. Sondern Sie sie aus, bevor Sie das Buch entfernen.
patron-edited = Der Ausweis von { $name } ist gespeichert.
patron-changed = Jemand anders hat den Ausweis von { $name } geändert, deshalb wurde nichts gespeichert. Prüfen Sie die Angaben, und versuchen Sie es noch einmal.
patron-blocked = Der Ausweis von { $name } ist gesperrt.
patron-unblocked = Der Ausweis von { $name } ist nicht mehr gesperrt.
pin-set = { $name } hat eine neue PIN.
book-added = „{ $title }“ ist im Katalog.
copies-added = „{ $title }“ hat jetzt mehr Exemplare.
copies-changed = Jemand anders hat die Exemplare von „{ $title }“ geändert, deshalb wurde nichts getan. Prüfen Sie die Anzahl, und versuchen Sie es noch einmal.
copy-withdrawn = Ein Exemplar von „{ $title }“ ist ausgesondert.
patron-added = { $name } hat einen Bibliotheksausweis.
all-returned = { $count ->
    [0] Kein Buch war ausgeliehen. Alle sind abgemeldet.
    [one] Ein Buch ist zurückgegeben. Alle sind abgemeldet.
   *[other] { NUMBER($count) } Bücher sind zurückgegeben. Alle sind abgemeldet.
}
first-day-done = Die Bibliothek ist wie am ersten Tag. Alle sind abgemeldet.

## The work behind a page
milliseconds = { $whole },{ $tenth } ms
work-summary = So entstand diese Seite: { $calls ->
    [one] 1 Aufruf
   *[other] { $calls } Aufrufe
}, { $statements ->
    [one] 1 Anweisung
   *[other] { $statements } Anweisungen
}, { $time }
work-page = Diese Seite: { $calls ->
    [one] 1 Aufruf
   *[other] { $calls } Aufrufe
} von Dienst zu Dienst, { $statements ->
    [one] 1 Anweisung
   *[other] { $statements } Anweisungen
} an die Datenbank, { $time }
work-before = Ihr Klick davor, { $endpoint }: { $calls ->
    [one] 1 Aufruf
   *[other] { $calls } Aufrufe
} von Dienst zu Dienst, { $statements ->
    [one] 1 Anweisung
   *[other] { $statements } Anweisungen
} an die Datenbank, { $time }
work-calls = { $caller } ruft { $service } auf
work-answered = { $status }, { $time }
work-no-answer = keine Antwort, { $time }
work-together = gleichzeitig mit { $services }
work-rows = { $rows ->
    [one] 1 Zeile
   *[other] { $rows } Zeilen
}, { $time }
work-untold = Dieser Dienst zeigt seine Anweisungen nicht.
work-omitted-statements = { $count ->
    [one] Eine weitere Anweisung ist nicht gezeigt.
   *[other] { $count } weitere Anweisungen sind nicht gezeigt.
}
work-omitted-calls = { $count ->
    [one] Ein weiterer Aufruf ist nicht gezeigt.
   *[other] { $count } weitere Aufrufe sind nicht gezeigt.
}
work-streamed = Dieser Dienst war noch dabei, seine Antwort zu senden. Spätere Anweisungen fehlen deshalb.
work-legend = Die Zeit läuft von links nach rechts. Ein heller Balken ist ein arbeitender Dienst, ein dunkler darin eine Anweisung in der Datenbank.
work-request-id = Anfragenummer in allen Protokollen:
work-trace-id = Trace-ID:

## The lab, where visitors break services for themselves
lab = Ausfälle ausprobieren
lab-lede = Lassen Sie einen Dienst ausfallen und sehen Sie, was der Rest der Bibliothek ohne ihn kann.
lab-hint = Nur dieser Browser merkt es: Für alle anderen arbeiten die Dienste weiter, und nichts wird gespeichert. Eine Zeile auf jeder Seite sagt, was ausgefallen ist; ihr Knopf repariert alles.
lab-works = arbeitet
lab-slow = ist 3 Sekunden langsamer
lab-silent = antwortet nicht
lab-error = antwortet mit einem Fehler (500)
lab-break = Anwenden
lab-change = Ändern
lab-repair = Alles beheben
lab-state = { $service } { $state }
lab-broken = In diesem Browser ausgefallen: { $services }.

## Error pages
problem-not-found = Seite nicht gefunden
problem-not-found-text = Unter dieser Adresse gibt es nichts. Prüfen Sie sie auf Tippfehler, oder suchen Sie im Katalog.
problem-read-only = Diese Seite kann man nur lesen
problem-read-only-text = Diese Seite nimmt keine Eingaben an. Nichts wurde geändert.
problem-invalid-form = Wir konnten dieses Formular nicht lesen
problem-invalid-form-text = Ein Feld fehlt oder hat einen unerwarteten Wert. Nichts wurde geändert. Gehen Sie zurück, laden Sie die Seite neu, und versuchen Sie es noch einmal.
problem-form-too-large = Dieses Formular ist zu groß
problem-form-too-large-text = Die Bibliothek nimmt Formulare bis 64 KiB an. Nichts wurde geändert. Gehen Sie zurück, kürzen Sie Ihre Eingaben und versuchen Sie es noch einmal.
problem-address-too-long = Diese Suche ist zu lang
problem-address-too-long-text = Gehen Sie zurück, kürzen Sie sie und versuchen Sie es noch einmal.
problem-form-too-slow = Dieses Formular kam zu langsam an
problem-form-too-slow-text = Die Verbindung ist anscheinend langsam. Nichts wurde geändert. Gehen Sie zurück und versuchen Sie es noch einmal.
problem-expired-form = Dieses Formular ist abgelaufen
problem-expired-form-text = Es gehört zu einer anderen oder früheren Anmeldung. Nichts wurde geändert. Laden Sie die Seite neu, und versuchen Sie es noch einmal.
problem-forbidden = Diese Seite ist für das Bibliothekspersonal
problem-forbidden-text = Mit Ihrem Bibliotheksausweis haben Sie keinen Zugang. Melden Sie sich mit einem Ausweis des Bibliothekspersonals an.
problem-unavailable = Die Bibliothek ist vorübergehend nicht verfügbar
problem-unavailable-text = Ein Dienst, den diese Seite braucht, antwortet nicht. Es gehen keine Daten verloren. Meist ist er in wenigen Sekunden wieder da.
problem-outcome-unknown = Wir wissen nicht, ob das geklappt hat
problem-outcome-unknown-text = Ein Dienst hat einen Fehler gemeldet oder nicht rechtzeitig geantwortet. Prüfen Sie das Ergebnis, bevor Sie es noch einmal versuchen.
problem-internal = Etwas ist schiefgegangen
request-id = Wenn Sie das melden, nennen Sie die Kennung der Anfrage:
problem-internal-text = Das ist unser Fehler, nicht Ihrer. Die Ursache steht im Protokoll der Bibliothek.

## About
about = Über diese Bibliothek
about-lede = Die Bibliothek ist erfunden. Die Software ist echt: Sie zeigt, wie man eine Webanwendung aus kleinen Diensten baut. Jeder ist eine WebAssembly-Komponente auf <a href="https://spinframework.dev/">Spin</a>; ihre Daten liegen in einer MySQL-Datenbank.
about-services = Die Dienste
health-healthy = In Ordnung
health-unavailable = Nicht verfügbar
health-no-database = Nicht verfügbar: kann die Datenbank nicht nutzen
health-waiting = Nicht verfügbar: wartet auf { $names }
health-unreachable = Nicht erreichbar
health-unknown = Unbekannt
health-not-responding = Antwortet nicht
about-frontend = Erzeugt diese Seiten, auf dem Server und ohne JavaScript. Hat keine Datenbank und fragt die anderen Dienste nach allem, was es zeigt.
about-catalog = Verwaltet die Bücher der Bibliothek und die Zahl ihrer Exemplare. <a href="/catdb"><code>/catdb</code></a> nennt alle. Nur dieser Dienst kann die Tabellen des Katalogs lesen.
about-patrons = Verwaltet Leserkonten, Bibliotheksausweise und Sitzungen in eigenen Tabellen: <code>/patdb</code>.
about-borrowing = Führt das Buch der Ausleihen und verleiht kein Exemplar zweimal: <code>/borrowdb</code>.
about-lending = Verleiht, verlängert und nimmt Bücher nach den Regeln der Bibliothek zurück, mithilfe der anderen drei: <code>/borrow</code>. Hat keine Datenbank.
about-mysql = Bewahrt alles auf, was nicht verloren gehen darf, in einem Schema je Dienst, auf einem Datenträger, der sie alle überdauert.
about-again = Noch einmal prüfen
about-version = Version { $version }
about-runtime = in { $runtime ->
    [embedded] der eingebauten Laufzeitumgebung
   *[other] { $runtime }
}
about-replica = Replik { $name }
about-uptime-seconds = gestartet vor { $count } s
about-uptime-minutes = gestartet vor { $count } min
about-uptime-hours = gestartet vor { $count } h
map-healthy = bereit
map-unavailable = nicht bereit
map-no-answer = keine Antwort
map-unknown = unbekannt
about-request = Was geschieht, wenn Sie eine Seite öffnen
about-request-inside = Spin startet für Ihre Anfrage eine neue Instanz des Frontends. Für die Katalogseite fragt das Frontend den Katalogdienst nach den Büchern und den Ausleihdienst, welche davon verfügbar sind. Wenn Sie angemeldet sind, fragt es außerdem den Dienst für die Leserkonten, wer Sie sind. Jeder Dienst bekommt eine eigene Instanz, liest aus MySQL und antwortet in JSON. Danach enden alle Instanzen. Nur die Datenbank behält Daten, auf einem Datenträger, der jeden Dienst überdauert.
about-request-apart = In einem Prozess verlassen diese Aufrufe nie den Speicher. Die Dienste können auch getrennt laufen: Dann findet jeder die anderen unter eingestellten Adressen, und die Aufrufe gehen über das Netzwerk.
about-books = Die Bücher
about-books-text = Titel, Autorinnen und Autoren und Umschläge stammen von freien Büchern bei <a href="https://www.gutenberg.org/">Project Gutenberg</a>. Ein Umschlag, der sich nicht laden lässt, wird aus Titel und Autor/in gezeichnet.
api-lede = Vier REST-Dienste haben die Daten und Regeln der Bibliothek. Ihre vollständige Beschreibung ist <a href="/openapi.yaml">openapi.yaml</a> (OpenAPI 3.1).
