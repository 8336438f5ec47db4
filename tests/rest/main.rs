//! The running app over HTTP: the REST contract row by row, and the pages as a browser gets them.

mod catalog;
mod pages;
