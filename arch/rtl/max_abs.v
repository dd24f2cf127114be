// Maximum of |x| over a stream, and where it first is not finite. One element a clock where valid; clear starts anew
// and wins over valid. WIDTH 16: bf16; 32: binary32 (both have 8 exponent bits; magnitudes are ordered as their bits).
// non_finite: an infinity or NaN was seen; index is then the number of elements before the first one, and maximum has
// no meaning. Otherwise index is the number of elements. INDEX: its bits; it wraps.
//   elements 16'h3F80 (1), 16'hC000 (-2), 16'h0001: maximum = 15'h4000 (2), non_finite = 0, index = 3.
//   then 16'hFF80 (-infinity), 16'h3F80: non_finite = 1, index = 3.
module max_abs #(
    parameter WIDTH = 16,
    parameter INDEX = 32
) (
    input  wire             clk,
    input  wire             clear,
    input  wire             valid,
    input  wire [WIDTH-1:0] x,
    output reg  [WIDTH-2:0] maximum,
    output wire             non_finite,
    output reg  [INDEX-1:0] index
);
  wire [WIDTH-2:0] magnitude = x[WIDTH-2:0];
  // A number that is not finite is larger than all that are, so the maximum remembers it.
  assign non_finite = &maximum[WIDTH-2-:8];

  always @(posedge clk)
    if (clear) begin
      maximum <= {WIDTH - 1{1'b0}};
      index <= {INDEX{1'b0}};
    end else if (valid) begin
      if (magnitude > maximum) maximum <= magnitude;
      if (!non_finite && !(&magnitude[WIDTH-2-:8])) index <= index + {{INDEX - 1{1'b0}}, 1'b1};
    end

  wire unused = &{1'b0, x[WIDTH-1]};
endmodule
