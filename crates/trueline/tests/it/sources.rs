//! Reading the files of `schema/`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use trueline::load::Sources;
use trueline_journal::Problem;

use crate::support::Scratch;

fn read(scratch: &Scratch) -> Result<Sources, Vec<Problem>> {
    Sources::read(&scratch.path, Path::new("schema"))
}

fn write(scratch: &Scratch, path: &str, content: impl AsRef<[u8]>) {
    let path = scratch.path.join("schema").join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn said(problems: &[Problem]) -> Vec<String> {
    let place = |problem: &Problem| problem.place.as_ref().unwrap().to_string();
    problems.iter().map(|problem| format!("{} {}", problem.code, place(problem))).collect()
}

#[test]
fn sql_files_are_read_in_the_order_of_their_paths() {
    let scratch = Scratch::new();
    write(&scratch, "b.sql", "\u{feff}select 1;\r\nselect 2;\r\n");
    write(&scratch, "a/z.sql", "select 'ü';");
    write(&scratch, "a.sql", "-- nothing");
    write(&scratch, "notes.md", [0xff]);
    write(&scratch, ".hidden.sql", [0xff]);
    let sources = read(&scratch).unwrap();
    let files: Vec<_> =
        sources.files.iter().map(|file| (file.path.to_str().unwrap(), file.text.as_str())).collect();
    let expected = [
        ("schema/a/z.sql", "select 'ü';"),
        ("schema/a.sql", "-- nothing"),
        ("schema/b.sql", "select 1;\nselect 2;\n"),
    ];
    assert_eq!(files, expected);
}

#[test]
fn the_checksum_is_of_paths_and_texts_and_not_of_line_ends() {
    let checksum = |path: &str, text: &str| {
        let scratch = Scratch::new();
        write(&scratch, path, text);
        read(&scratch).unwrap().checksum()
    };
    let base = checksum("a.sql", "select 1;\nselect 2;\n");
    assert_eq!(base.len(), 64);
    assert_eq!(base, checksum("a.sql", "select 1;\r\nselect 2;\r\n"));
    assert_ne!(base, checksum("b.sql", "select 1;\nselect 2;\n"));
    assert_ne!(base, checksum("a.sql", "select 1;\nselect 3;\n"));
}

#[test]
fn a_folder_that_is_missing_or_empty_is_an_error() {
    let scratch = Scratch::new();
    assert_eq!(said(&read(&scratch).unwrap_err()), ["schema-missing schema"]);
    write(&scratch, "a.sql", "-- only a comment\n;");
    assert_eq!(said(&read(&scratch).unwrap_err()), ["schema-empty schema"]);
}

#[test]
fn files_that_are_not_text_are_named_with_the_place_of_the_fault() {
    let scratch = Scratch::new();
    write(&scratch, "a.sql", b"select 1;\nselect '\xe4';");
    write(&scratch, "b.sql", "ü\0");
    assert_eq!(
        said(&read(&scratch).unwrap_err()),
        ["schema-encoding schema/a.sql:2:9", "schema-encoding schema/b.sql:1:2"]
    );
}

#[test]
fn links_are_followed_but_not_in_circles() {
    let scratch = Scratch::new();
    write(&scratch, "a.sql", "select 1;");
    let outside = Scratch::new();
    write(&outside, "c.sql", "select 2;");
    symlink(outside.path.join("schema"), scratch.path.join("schema/linked")).unwrap();
    let paths: Vec<_> = read(&scratch).unwrap().files.into_iter().map(|file| file.path).collect();
    assert_eq!(paths, [Path::new("schema/a.sql"), Path::new("schema/linked/c.sql")]);

    symlink("..", scratch.path.join("schema/linked2")).unwrap();
    symlink("nowhere", scratch.path.join("schema/d.sql")).unwrap();
    let problems = read(&scratch).unwrap_err();
    assert_eq!(
        said(&problems),
        ["schema-unreadable schema/d.sql", "schema-unreadable schema/linked2/schema"]
    );
}
