//! The rules of the house, checked on the whole workspace. Each rule is a function from what it looks at to a list of
//! faults, and each is shown to find a planted one.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, reason = "helpers of tests")]

extern crate alloc;

mod circles;
mod code;
mod facade;
mod facts;
mod features;
mod fences;
mod layers;
mod metadata;
mod modules;
mod msrv;
mod names;
mod pages;
mod policies;
mod settings;
mod signatures;
mod source;
mod system;
mod tiers;
mod tokens;
mod tree;

use metadata::Metadata;
use tree::Tree;

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_crate_depends_only_on_crates_beneath_it() {
    none(&layers::faults(&Metadata::of_members().packages));
}

#[test]
fn a_tier_uses_only_what_stands_beneath_it() {
    none(&tiers::faults(&Metadata::of_members().packages));
}

#[test]
fn members_agree_on_version_licence_edition_and_rust() {
    none(&facts::members(&Metadata::of_members().packages));
}

#[test]
fn every_library_has_its_papers() {
    none(&facts::papers(
        &Metadata::of_members().packages,
        &Tree::of_project(),
    ));
}

#[test]
fn the_page_of_the_project_is_up_to_date() {
    none(&facts::page(
        &Metadata::of_members().packages,
        &Tree::of_project(),
    ));
}

#[test]
fn the_page_of_a_library_says_what_to_depend_on() {
    none(&pages::faults(
        &Metadata::of_members().packages,
        &Tree::of_project(),
    ));
}

#[test]
fn every_setting_of_the_program_stands_on_a_page() {
    none(&settings::faults(&Tree::of_project()));
}

#[test]
fn one_crate_shows_all_libraries_and_their_features() {
    none(&facade::faults(
        &Metadata::of_members().packages,
        &Tree::of_project(),
    ));
}

#[test]
fn a_plain_cargo_test_sees_every_feature() {
    none(&features::faults(&Metadata::of_members().packages));
}

#[test]
fn every_step_that_a_page_names_is_there() {
    none(&facts::steps(&Tree::of_project()));
}

#[test]
fn every_fuzz_target_is_listed_with_its_figures() {
    none(&facts::targets(&Tree::of_project()));
}

#[test]
fn rust_version_is_not_below_that_of_a_dependency() {
    none(&msrv::faults(&Metadata::with_dependencies()));
}

#[test]
fn default_members_need_no_library_of_the_system() {
    none(&system::faults(&Metadata::with_dependencies()));
}

#[test]
fn each_member_is_judged_by_its_own_policy() {
    none(&policies::faults(
        &Metadata::of_members().packages,
        &Tree::of_project(),
    ));
}

#[test]
fn only_the_backend_names_blst() {
    none(&source::backend(&Tree::of_project()));
}

#[test]
fn unsafe_code_is_forbidden_outside_the_backend() {
    none(&source::safety(&Tree::of_project()));
}

#[test]
fn nothing_is_left_unwritten_or_ignored() {
    none(&source::stubs(&Tree::of_project()));
}

#[test]
fn every_exception_from_a_lint_has_a_reason() {
    none(&source::reasons(&Tree::of_project()));
}

#[test]
fn files_are_short() {
    none(&source::length(&Tree::of_project()));
}

#[test]
fn files_of_a_crate_do_not_use_one_another_in_circles() {
    none(&circles::faults(&Tree::of_project(), &[]));
}

#[test]
fn no_public_function_takes_a_tuple() {
    none(&signatures::faults(&Tree::of_project(), &[]));
}

#[test]
fn the_root_of_a_crate_has_few_names() {
    none(&names::faults(&Tree::of_project(), &[]));
}
