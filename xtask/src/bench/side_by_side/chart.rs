//! A chart as SVG: a bar for each server, as long as its median, with a line from the least to the greatest.
//!
//! Colours follow the reader's preference for light or dark; nothing but the fonts comes from elsewhere.

use std::fmt::Write as _;

use super::results::Spread;

/// A chart.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    /// What the bars' length means, with its unit.
    pub(super) axis: &'a str,
    pub(super) bars: Vec<Bar<'a>>,
}

/// A server's bar.
#[derive(Debug)]
pub(super) struct Bar<'a> {
    pub(super) name: &'a str,
    pub(super) length: Spread,
    /// Whether it is the one that the chart is about.
    pub(super) is_ours: bool,
}

const WIDTH: f64 = 760.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 46.0;
const ROW: f64 = 30.0;
const BAR: f64 = 18.0;

const STYLE: &str = "text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .back { fill: #ffffff; } .title { font-size: 15px; font-weight: 600; } .small { font-size: 12px; fill: #59636e; }
  .grid { stroke: #d1d9e0; stroke-width: 1; } .bar { fill: #8fa3b8; } .ours { fill: #d1570a; }
  .range { stroke: #1f2328; stroke-width: 1.5; } .end { text-anchor: end; } .middle { text-anchor: middle; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .back { fill: #0d1117; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
    .bar { fill: #5f7489; } .ours { fill: #f0883e; } .range { stroke: #e6edf3; }
  }";

impl Chart<'_> {
    pub(super) fn svg(&self) -> String {
        let greatest = self.bars.iter().map(|bar| bar.length.greatest).fold(0.0, f64::max);
        let step = step(greatest);
        let end = (greatest / step).ceil().max(1.0) * step;
        let place = |value: f64| LEFT + value / end * (WIDTH - LEFT - RIGHT);
        let rows = f64::from(u32::try_from(self.bars.len()).unwrap_or(0));
        let bottom = TOP + rows * ROW;
        let height = bottom + 52.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n<style>\n  {STYLE}\n</style>\n\
             <rect class=\"back\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>\n\
             <text class=\"title\" x=\"16\" y=\"26\">{title}</text>\n",
            title = escaped(self.title),
        );
        let mut tick = 0.0;
        while tick <= end * 1.0001 {
            let x = place(tick);
            let _ = writeln!(svg, "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>");
            let y = bottom + 18.0;
            let _ = writeln!(svg, "<text class=\"small middle\" x=\"{x:.1}\" y=\"{y}\">{}</text>", short(tick, step));
            tick += step;
        }
        for (row, bar) in self.bars.iter().enumerate() {
            let y = TOP + f64::from(u32::try_from(row).unwrap_or(0)) * ROW + (ROW - BAR) / 2.0;
            bar.draw(&mut svg, y, &place);
        }
        let middle = f64::midpoint(place(0.0), place(end));
        let y = bottom + 40.0;
        let _ = writeln!(svg, "<text class=\"small middle\" x=\"{middle:.1}\" y=\"{y}\">{}</text>", escaped(self.axis));
        svg.push_str("</svg>\n");
        svg
    }
}

impl Bar<'_> {
    fn draw(&self, svg: &mut String, y: f64, place: &dyn Fn(f64) -> f64) {
        let Spread { median, least, greatest } = self.length;
        let (class, middle) = (if self.is_ours { "ours" } else { "bar" }, y + BAR / 2.0);
        let (from, to) = (place(least), place(greatest));
        let text = middle + 4.5;
        let _ = writeln!(svg, "<text class=\"end\" x=\"{}\" y=\"{text}\">{}</text>", LEFT - 10.0, escaped(self.name));
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>",
            place(median) - LEFT
        );
        let (above, below) = (middle - 4.0, middle + 4.0);
        let _ = writeln!(
            svg,
            "<path class=\"range\" d=\"M{from:.1} {middle}H{to:.1}M{from:.1} {above}V{below}M{to:.1} {above}V{below}\"/>"
        );
        let after = to.max(place(median)) + 8.0;
        let _ = writeln!(svg, "<text x=\"{after:.1}\" y=\"{text}\">{}</text>", value(median));
    }
}

/// The distance between two marks of the axis: 1, 2 or 5 times a power of ten, and at most eight of them.
fn step(greatest: f64) -> f64 {
    let mut power = 0.001;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if greatest / (power * factor) <= 8.0 {
                return power * factor;
            }
        }
        power *= 10.0;
    }
}

/// A mark of the axis, with no more places than its steps need.
fn short(mark: f64, step: f64) -> String {
    if step >= 1.0 {
        format!("{mark:.0}")
    } else {
        format!("{mark:.places$}", places = if step >= 0.1 { 1 } else { 3 })
    }
}

/// A figure with three digits or so.
pub(super) fn value(figure: f64) -> String {
    if figure >= 10.0 { format!("{figure:.1}") } else { format!("{figure:.2}") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        for (greatest, expected) in [(1.3, 0.2), (2.9, 0.5), (8.0, 1.0), (19.4, 5.0), (0.0, 0.001), (120.0, 20.0)] {
            let step = step(greatest);
            assert!((step - expected).abs() < 1e-9, "{greatest}: {step}");
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_median() {
        let length = Spread { median: 1.0, least: 0.9, greatest: 1.6 };
        let bars = vec![Bar { name: "a < b", length, is_ours: true }];
        let svg = Chart { title: "t & u", axis: "times", bars }.svg();
        // Half of the axis, which ends at 1.6: 1.0 / 1.6 of 540.
        assert!(svg.contains("class=\"ours\" x=\"130\" y=\"52\" width=\"337.5\""), "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("t &amp; u") && svg.ends_with("</svg>\n"), "{svg}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }
}
