//! Logins over HTTP, and what attacks come to.

mod agreements;
mod canaries;
mod codes;
mod copies;
mod damage;
mod failing;
mod fixture;
mod handoffs;
mod link;
mod logins;
mod numbers;
mod operator;
mod own;
mod pages;
mod permits;
mod rotation;
mod sessions;
mod signatures;
mod strangers;
mod typed;
