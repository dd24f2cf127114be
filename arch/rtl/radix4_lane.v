// One quantizer lane for radix-4 FP4: sign and e (0: zero; magnitude 4^(e-1), twice that where phase is 1) of the point
// nearest to x * inverse for a finite bf16 x. inverse: binary32, 1 / alpha, a power of two from 2^-115 to 2^113, of
// which the exponent field is read. The midpoint under a magnitude m is m / 1.6, under the smallest m / 2; midpoints go
// up, and all above the largest to it. A zero is positive. Exponent arithmetic alone. Combinational.
//   inverse = 32'h3F800000 (1): x = 16'hC020 (-2.5): code = 4'hA (-4).   x = 16'h401F: code = 4'h1 (1).
//   x = 16'h3F00 (0.5): code = 4'h1; phase = 1: code = 4'h0.   phase = 1, x = 16'h40A0 (5): code = 4'h2 (8).
module radix4_lane (
    input  wire [15:0] x,
    input  wire [31:0] inverse,
    input  wire        phase,
    output wire [ 3:0] code
);
  // |x| * inverse / (1 + phase) = 2^k (1 + f). A subnormal x is far below the range.
  wire [9:0] k = {2'd0, x[14:7]} + {2'd0, inverse[30:23]} - 10'd254 - {9'd0, phase};
  // The midpoint 2.5 * 4^n is 1.25 * 2^(2n + 1).
  wire up = k[0] && |x[6:5];
  wire [3:0] e = {1'b0, k[3:1]} + 4'd1 + {3'd0, up};
  wire half = &k;  // at least 1/2, below 1
  wire top = !k[9] && (|k[8:4] || e[3]);
  wire [2:0] magnitude = half ? 3'd1 : k[9] ? 3'd0 : top ? 3'd7 : e[2:0];
  assign code = {x[15] & |magnitude, magnitude};
  wire unused = &{1'b0, x[4:0], inverse[31], inverse[22:0]};
endmodule
