use super::*;

fn judge(source: &str) -> Vec<String> {
    let files = [
        ("crates/x/Cargo.toml", ""),
        ("crates/x/src/lib.rs", "mod a;"),
        ("crates/x/src/a.rs", source),
        ("crates/x/src/stray.rs", "pub fn f(x: (A, B)) {}"),
        ("crates/x/tests/a.rs", "pub fn f(x: (A, B)) {}"),
    ];
    let tree = Tree::from_files(&files);
    assert_eq!(faults(&tree, &["crates/x"]), [""; 0]);
    faults(&tree, &["crates/y"])
}

#[test]
fn finds_a_tuple_wherever_it_stands() {
    for source in [
        "pub fn f(x: (A, B)) {}",
        "pub fn f(&self, a: A, (b, c): (B, C)) {}",
        "pub fn f(x: (A,)) {}",
        "pub fn f(x: &[(A, B)]) {}",
        "pub fn f(x: &mut (A, B)) {}",
        "pub fn f(x: &'a (A, B)) {}",
        "pub fn f(x: *const (A, B)) {}",
        "pub fn f(x: [(A, B); 3]) {}",
        "pub fn f(x: Vec<(A, Vec<B>)>) {}",
        "pub fn f(x: Option<&(A, B)>) {}",
        "pub fn f(x: impl IntoIterator<Item = (A, B)>) {}",
        "pub fn f(x: fn((A, B)) -> C) {}",
        "pub fn f(x: impl Fn(&(A, B)) -> C) {}",
        "pub fn f(x: impl Fn(A) -> (A, B), y: (A, B)) {}",
        "pub fn f<I: IntoIterator<Item = (A, B)>>(x: I) {}",
        "pub fn f<I>(x: I) -> C where I: Iterator<Item = (A, B)> {}",
        "pub const unsafe extern \"C\" fn f(x: (A, B)) {}",
        "pub async fn f(x: (A, B)) {}",
        "impl A { pub fn f<const N: usize>(x: [(A, B); N]) {} }",
        "pub trait T: Send { fn g(&self) { h((a, b)) } fn f(&self, x: (A, B)); }",
        "pub trait T<X> where X: Y { type A; fn f(&self, x: (A, B)) {} }",
        "macro_rules! m { () => { pub fn f(x: (A, B)) {} }; }",
    ] {
        assert_eq!(
            judge(source),
            ["crates/x/src/a.rs:1: f takes a tuple"],
            "{source}"
        );
    }
    let below = "pub fn f(\n    a: A,\n    b: (A, B),\n) {}\npub fn g(x: (A, B)) {}";
    assert_eq!(
        judge(below),
        [
            "crates/x/src/a.rs:3: f takes a tuple",
            "crates/x/src/a.rs:5: g takes a tuple"
        ]
    );
}

#[test]
fn leaves_everything_else_alone() {
    for source in [
        "pub fn f() -> (A, B) { g((a, b)) }",
        "pub fn f(x: ()) {}",
        "pub fn f(x: &(dyn A + Send)) {}",
        "pub fn f(x: (Map<A, B>)) {}",
        "pub fn f(x: impl Fn(A, B) -> C) {}",
        "pub fn f(x: fn(A, B), y: C) {}",
        "pub fn f(x: impl FnOnce(A) -> Result<(A, B), C>) {}",
        "pub fn f<F: Fn(A, B) -> (A, B)>(x: F) {}",
        "pub fn f<F>(x: F) -> (A, B) where F: FnMut(A) -> (A, B) {}",
        "pub fn f<'a, R: A + ?Sized>(x: &mut R, y: &'a B) -> C<'_> {}",
        "pub fn f(Point(x, y): Point) {}",
        "pub fn f(#[cfg(any(a, b))] x: A) {}",
        "pub(crate) fn f(x: (A, B)) {}",
        "fn f(x: (A, B)) {}",
        "trait T { fn f(&self, x: (A, B)); }",
        "impl T for A { fn f(&self, x: (A, B)) {} }",
        "pub trait T { const F: fn(A, B); fn g(&self) { fn f(x: (A, B)) {} } }",
        "pub struct S(A, B);",
        "// pub fn f(x: (A, B)) {}",
        "#[cfg(test)] pub fn f(x: (A, B)) {}",
        "pub fn",
        "pub fn f<",
        "pub trait",
    ] {
        assert_eq!(judge(source), [""; 0], "{source}");
    }
}
