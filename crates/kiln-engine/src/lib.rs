//! From a lock, a history and kits to rendered outputs: pure, without files, clock or terminal. Hides `tera` and
//! `rayon`.

pub mod template;

pub mod compose;
