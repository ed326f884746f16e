//! What cannot be seen from outside: threads between any two steps.

mod schedules;
