//! Walking through the cells of the grid by keyboard, as the ARIA grid pattern has it.

/// A cell: row among the kept ones, column.
pub(super) type Cell = (u64, usize);

/// The cell that a key leads to; `None` for keys of no concern. `page` is the rows of a screenful.
pub(super) fn step(
    key: &str,
    control: bool,
    (row, column): Cell,
    (rows, columns): Cell,
    page: u64,
) -> Option<Cell> {
    let (last_row, last_column) = (rows.checked_sub(1)?, columns.checked_sub(1)?);
    let (row, column) = match key {
        "ArrowUp" => (row.saturating_sub(1), column),
        "ArrowDown" => (row + 1, column),
        "ArrowLeft" => (row, column.saturating_sub(1)),
        "ArrowRight" => (row, column + 1),
        "PageUp" => (row.saturating_sub(page), column),
        "PageDown" => (row.saturating_add(page), column),
        "Home" if control => (0, 0),
        "End" if control => (last_row, last_column),
        "Home" => (row, 0),
        "End" => (row, last_column),
        _ => return None,
    };
    Some((row.min(last_row), column.min(last_column)))
}

/// Where to scroll so that `from..from + size` lies in a view of `height` that begins at `top`.
pub(super) fn into_view(top: f64, height: f64, from: f64, size: f64) -> f64 {
    if from < top || size > height {
        from
    } else if from + size > top + height {
        from + size - height
    } else {
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_inside_the_table() {
        let walk = |key, at| step(key, false, at, (100, 4), 10);
        assert_eq!(walk("ArrowUp", (0, 2)), Some((0, 2)));
        assert_eq!(walk("ArrowDown", (99, 2)), Some((99, 2)));
        assert_eq!(walk("ArrowRight", (5, 3)), Some((5, 3)));
        assert_eq!(walk("PageDown", (95, 0)), Some((99, 0)));
        assert_eq!(walk("End", (7, 1)), Some((7, 3)));
        assert_eq!(step("Home", true, (50, 3), (100, 4), 10), Some((0, 0)));
        assert_eq!(walk("x", (0, 0)), None);
        assert_eq!(step("ArrowDown", false, (0, 0), (0, 4), 10), None);
    }

    #[test]
    fn a_view_moves_no_further_than_it_must() {
        assert_eq!(into_view(100.0, 50.0, 110.0, 20.0), 100.0);
        assert_eq!(into_view(100.0, 50.0, 80.0, 20.0), 80.0);
        assert_eq!(into_view(100.0, 50.0, 140.0, 20.0), 110.0);
    }
}
