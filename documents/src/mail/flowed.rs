//! format=flowed (RFC 3676): lines that a space at their end joins.

/// Text with its flowed lines joined. `delete` says that the space goes (DelSp=yes).
/// The marks of quoted lines stay on the first line of each paragraph.
pub(super) fn unflow(text: &str, delete: bool) -> String {
    let mut joined = String::with_capacity(text.len());
    // The depth of quotation of a line that the next one continues.
    let mut open: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let depth = line.bytes().take_while(|&byte| byte == b'>').count();
        let (marks, content) = line.split_at_checked(depth).unwrap_or(("", line));
        // A space before the content was stuffed.
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        match open.take() {
            Some(before) if before == depth && !signature => {}
            Some(_) => {
                joined.push('\n');
                begin(&mut joined, marks);
            }
            None => begin(&mut joined, marks),
        }
        if content.ends_with(' ') && !signature {
            open = Some(depth);
            joined.push_str(if delete {
                content.strip_suffix(' ').unwrap_or(content)
            } else {
                content
            });
        } else {
            joined.push_str(content);
            joined.push('\n');
        }
    }
    joined
}

fn begin(joined: &mut String, marks: &str) {
    joined.push_str(marks);
    if !marks.is_empty() {
        joined.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn lines_are_joined() {
        assert_eq!(
            unflow(
                "a word zqzh \r\notwref and goes  \r\non.\r\n From\r\n> q \r\n> r\r\n>> s",
                true
            ),
            "a word zqzhotwref and goes on.\nFrom\n> q".to_owned() + "r\n>> s\n"
        );
        assert_eq!(unflow("a \nb\n-- \nname\n", false), "a b\n-- \nname\n");
        assert_eq!(unflow("a \n> b\n", false), "a \n> b\n");
    }
}
