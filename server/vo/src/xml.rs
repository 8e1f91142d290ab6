//! A small writer of XML text.

/// Appends escaped character data. Characters that XML 1.0 cannot hold become U+FFFD.
pub(crate) fn text(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            // A bare carriage return would be read back as a line feed.
            '\r' => out.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
}

/// A document being written; elements are closed in the order in which they must be.
#[derive(Debug)]
pub(crate) struct Xml {
    out: String,
    open: Vec<&'static str>,
    in_tag: bool,
}

impl Xml {
    /// Starts a document.
    pub(crate) fn document() -> Self {
        Xml::after("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    /// Continues after `text`.
    pub(crate) fn after(text: String) -> Self {
        Xml { out: text, open: Vec::new(), in_tag: false }
    }

    fn end_tag(&mut self) {
        if self.in_tag {
            self.out.push('>');
            self.in_tag = false;
        }
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, name: &'static str) -> &mut Self {
        self.end_tag();
        self.out.push('<');
        self.out.push_str(name);
        self.open.push(name);
        self.in_tag = true;
        self
    }

    /// Adds an attribute to the element just opened.
    pub(crate) fn attr(&mut self, name: &str, value: &str) -> &mut Self {
        if self.in_tag {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            // Attribute values are normalised by readers: white space other than blanks is escaped.
            for part in value.split_inclusive(['\t', '\n']) {
                match part.strip_suffix(['\t', '\n']) {
                    Some(head) => {
                        text(&mut self.out, head);
                        self.out.push_str(if part.ends_with('\t') { "&#9;" } else { "&#10;" });
                    }
                    None => text(&mut self.out, part),
                }
            }
            self.out.push('"');
        }
        self
    }

    /// Adds an attribute unless its value is empty.
    pub(crate) fn attr_some(&mut self, name: &str, value: &str) -> &mut Self {
        if value.is_empty() { self } else { self.attr(name, value) }
    }

    /// Adds character data.
    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.end_tag();
        text(&mut self.out, value);
        self
    }

    /// Closes the innermost element.
    pub(crate) fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            if self.in_tag {
                self.out.push_str("/>");
                self.in_tag = false;
            } else {
                self.out.push_str("</");
                self.out.push_str(name);
                self.out.push('>');
            }
        }
        self
    }

    /// An element with only text in it.
    pub(crate) fn leaf(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.open(name).text(value).close()
    }

    /// An element with only text in it, unless the text is empty.
    pub(crate) fn leaf_some(&mut self, name: &'static str, value: &str) -> &mut Self {
        if value.is_empty() { self } else { self.leaf(name, value) }
    }

    /// A line break, for people who read the document.
    pub(crate) fn line(&mut self) -> &mut Self {
        self.end_tag();
        self.out.push('\n');
        self
    }

    /// What is written so far, with elements still open.
    pub(crate) fn take(&mut self) -> String {
        self.end_tag();
        std::mem::take(&mut self.out)
    }

    /// Closes what is open and returns the text.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out.push('\n');
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quick_xml::events::Event;
    use quick_xml::{Reader, XmlVersion};

    fn read_back(document: &str) -> (String, String) {
        let mut reader = Reader::from_str(document);
        let (mut attribute, mut content) = (String::new(), String::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    let found = start.attributes().next().unwrap().unwrap();
                    attribute =
                        found.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned();
                }
                Event::Text(text) => content.push_str(&text.xml10_content()),
                Event::GeneralRef(entity) => {
                    if let Some(c) = entity.resolve_char_ref().unwrap() {
                        content.push(c);
                    } else {
                        let name = entity.xml10_content();
                        content
                            .push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap());
                    }
                }
                Event::Eof => return (attribute, content),
                _ => {}
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_reading(value in "[^\u{0}-\u{1f}\u{fffe}\u{ffff}]{0,40}") {
            let mut xml = Xml::after(String::new());
            xml.open("a").attr("b", &value).text(&value);
            let document = xml.finish();
            let (attribute, content) = read_back(document.strip_suffix('\n').unwrap());
            prop_assert_eq!(attribute, value.clone());
            prop_assert_eq!(content, value);
        }
    }

    #[test]
    fn control_characters_are_replaced() {
        let mut out = String::new();
        text(&mut out, "a\u{0}b\u{1b}c\td");
        assert_eq!(out, "a\u{fffd}b\u{fffd}c\td");
    }
}
