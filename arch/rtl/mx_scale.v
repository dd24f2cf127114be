// The scale of an MXFP4 block whose largest |x| is `maximum` (bf16 without sign, finite): e8m0 code of
// 2^(floor(log2 maximum) - 2), at least 2^-127, and as `inverse`, binary32, what elements are multiplied by.
// Combinational.
//   maximum = 15'h3FC0 (1.5): scale = 8'h7D (1/4), inverse = 32'h40800000 (4).   maximum = 0: scale = 8'h00,
//   inverse = 32'h7F000000 (2^127).
module mx_scale (
    input  wire [14:0] maximum,
    output wire [ 7:0] scale,
    output wire [31:0] inverse
);
  assign scale = maximum[14:8] == 7'd0 ? 8'd0 : maximum[14:7] - 8'd2;
  assign inverse = {1'b0, 8'd254 - scale, 23'd0};
  wire unused = &{1'b0, maximum[6:0]};
endmodule
