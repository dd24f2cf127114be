// Product of two int4 codes, two's complement, -8 accepted: product = a * b. Combinational.
//   a = 4'h9 (-7), b = 4'h5 (5): product = 8'hDD (-35).   a = b = 4'h8 (-8): product = 8'h40 (64).
module int4_mul (
    input  wire [3:0] a,
    input  wire [3:0] b,
    output wire [7:0] product
);
  assign product = $signed(a) * $signed(b);
endmodule
