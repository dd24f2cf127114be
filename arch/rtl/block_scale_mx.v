// The sum of an MXFP4 block times both scales: dot, a signed integer of W <= 24 bits in units of 1/4, times 2^(s - 127)
// of each e8m0 code, as binary32, rounded once (nearest even; only where it is subnormal). Code 8'hFF is NaN: the
// result is 32'h7FC00000 then. A sum of 0 gives +0, one that underflows keeps its sign. Combinational.
//   dot = -18 (-4.5), scale_a = 8'h80 (2), scale_b = 8'h7F (1): value = 32'hC1100000 (-9).
//   dot = 4 (1), scale_a = 8'h00, scale_b = 8'h7F (2^-127 in all): value = 32'h00400000.
//   dot = 2, scale_a = 8'h69, scale_b = 8'h00 (2^-150 in all): value = 0 (tie to even).   scale_a = scale_b = 8'hFE:
//   value = 32'h7F800000.
module block_scale_mx #(
    parameter W = 14
) (
    input  wire signed [W-1:0] dot,
    input  wire        [  7:0] scale_a,
    input  wire        [  7:0] scale_b,
    output wire        [ 31:0] value
);
  localparam STAGES = $clog2(W);

  // The leading one to the top.
  reg [W-1:0] bits;
  reg [10:0] zeros;
  integer i;
  always @* begin
    bits  = dot[W-1] ? -dot : dot;
    zeros = 11'd0;
    for (i = STAGES - 1; i >= 0; i = i - 1)
      if (!(|(bits >> (W - (1 << i))))) begin
        bits  = bits << (1 << i);
        zeros = zeros + (11'd1 << i);
      end
  end

  // Bias 127, less 254 of the scales and 2 of the quarters; the leading bit is worth 2^(W-1).
  localparam REBIAS = W - 1 + 127 - 256;
  wire signed [10:0] field = $signed({3'd0, scale_a} + {3'd0, scale_b} + REBIAS[10:0] - zeros);
  wire tiny = field < 11'sd1;
  // A subnormal is shifted right by 1 - field, at most 25 places: then all of it is below half of the smallest number.
  wire [10:0] excess = 11'd1 - field;
  wire [4:0] shift = excess > 11'd25 ? 5'd25 : excess[4:0];
  wire [48:0] shifted = {bits, {49 - W{1'b0}}} >> (tiny ? shift : 5'd0);
  wire up = shifted[24] && (shifted[25] || |shifted[23:0]);
  // The leading 1 adds one to the field, and so does a mantissa that rounds up to 2.
  wire [7:0] less_one = tiny ? 8'd0 : field[7:0] - 8'd1;
  wire [30:0] rounded = {less_one, 23'd0} + {7'd0, shifted[48:25]} + {30'd0, up};

  wire nan = &scale_a || &scale_b;
  wire over = field > 11'sd254;
  assign value = nan ? 32'h7FC00000 : !bits[W-1] ? 32'd0 : {dot[W-1], over ? 31'h7F800000 : rounded};
endmodule
